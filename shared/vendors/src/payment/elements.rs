//! What a vendor shows that is not its page for one payment: its form in a client's own page, and its page for what it
//! keeps of a customer.

use async_trait::async_trait;
use kernel::Language;
use url::Url;

use super::order::Order;
use super::saved::Saved;
use crate::ProviderError;

/// A gateway whose form stands in clients' own pages (Stripe Elements), and that keeps customers.
#[async_trait]
pub trait Elements: Send + Sync {
    /// What a client shows the form with, and no secret; `None`: the operator has set none, so no order is opened for a
    /// form.
    fn publishable_key(&self) -> Option<&str>;

    /// Opens an order that the client pays with the form. Moves no money; asked twice within a day, it is one.
    /// `customer`: for whom the means of payment is kept, if the order wants that; `None`: for a new customer.
    ///
    /// # Errors
    /// Those of the vendor.
    async fn intend(
        &self,
        order: &Order,
        customer: Option<&str>,
    ) -> Result<Intended, ProviderError>;

    /// An order that was opened, by its number; `None`: it is cancelled at the vendor, and can be paid no more.
    ///
    /// # Errors
    /// Those of the vendor.
    async fn intended(&self, number: &str) -> Result<Option<Intended>, ProviderError>;

    /// The customer that a means of payment is kept for, by its token ([`Saved::token`]).
    fn customer<'a>(&self, token: &'a str) -> Option<&'a str>;

    /// A page at which a customer adds and removes means of payment. It is for that customer alone, and for a short time.
    ///
    /// # Errors
    /// Those of the vendor.
    async fn portal(
        &self,
        customer: &str,
        language: Language,
        back: &Url,
    ) -> Result<Url, ProviderError>;

    /// All that is kept for a customer and can be charged again; nothing, if the customer was deleted.
    ///
    /// # Errors
    /// Those of the vendor; a customer that it does not know is one.
    async fn kept(&self, customer: &str) -> Result<Vec<KeptNow>, ProviderError>;
}

/// An order that waits for the form.
#[derive(Clone)]
pub struct Intended {
    /// The vendor's number of it.
    pub number: String,
    /// With it and the publishable key a client pays this order: it is for the buyer alone, is logged nowhere and stored
    /// nowhere.
    pub secret: String,
    /// The customer that the means of payment will be kept for.
    pub customer: Option<String>,
}

impl std::fmt::Debug for Intended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intended")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// A means of payment as the vendor keeps it now.
#[derive(Clone, Debug)]
pub struct KeptNow {
    pub saved: Saved,
    /// Whether the customer has chosen it.
    pub is_default: bool,
}
