//! Means of payment that a vendor keeps, and charges without a page.

use chrono::NaiveDate;
use uuid::Uuid;

use super::gateway::Order;

/// How a plan that was paid here goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It does not.
    Never,
    /// We charge what the vendor keeps ([`Gateway::charge_saved`]).
    BySaved,
    /// The vendor charges by itself, and tells.
    ByVendor,
}

/// A means of payment that a vendor keeps, so that it can be charged again.
#[derive(Clone, PartialEq, Eq)]
pub struct Saved {
    /// How the vendor knows it. With our credentials it takes money: it is stored sealed, and logged nowhere.
    pub token: String,
    /// How people know it, such as `Visa •• 4242`.
    pub label: String,
    /// The last day on which it can be charged, if it has one.
    pub expires_on: Option<NaiveDate>,
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saved")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Whose means of payment, and which one.
#[derive(Clone)]
pub struct Kept {
    /// Whom it was kept for ([`Order::keep_for`]).
    pub person: Uuid,
    /// [`Saved::token`].
    pub token: String,
}

/// A charge without a page.
#[derive(Clone)]
pub struct Charge {
    /// The order that it pays.
    pub order: Order,
    pub with: Kept,
    /// The same in each try of one charge, and in no other: at most 80 characters of ASCII.
    pub key: String,
}

/// What the vendor renews by itself.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The vendor's number of the charge that began it.
    pub charge: String,
    /// The Telegram id of the person who pays, if it is known.
    pub payer: Option<i64>,
}
