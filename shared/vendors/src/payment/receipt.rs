//! What a vendor is answered to a call of its webhook.

/// What is answered to a call of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept, or the money may be taken.
    Taken,
    /// No order of ours waits for this money.
    NoOrder,
    /// The order has another sum.
    WrongSum,
}

/// The body of an answer to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub content_type: &'static str,
    pub body: &'static str,
}

impl Receipt {
    /// For vendors that look at the status alone.
    pub const EMPTY: Self = Self::text("");

    /// Plain text.
    pub const fn text(body: &'static str) -> Self {
        Self {
            content_type: "text/plain; charset=utf-8",
            body,
        }
    }

    /// JSON.
    pub const fn json(body: &'static str) -> Self {
        Self {
            content_type: "application/json",
            body,
        }
    }
}
