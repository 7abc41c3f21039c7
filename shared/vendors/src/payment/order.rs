//! What a gateway is asked to take money for.

use kernel::Language;
use rust_decimal::Decimal;
use url::Url;
use uuid::Uuid;

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Order {
    /// The id of our payment; the vendor sends it back.
    pub id: Uuid,
    /// In whole units of the currency.
    pub amount: Decimal,
    /// One of the gateway's.
    pub currency: String,
    /// What is sold, in 1 to 32 characters.
    pub title: String,
    /// Shown to the buyer; 1 to 255 characters.
    pub description: String,
    pub language: Language,
    /// Where the page sends the buyer afterwards.
    pub return_url: Option<Url>,
    /// The address of the buyer, if they have one: some vendors want it.
    pub email: Option<String>,
    /// For whom the means of payment is kept, so that it can be charged again: our id of the person. `None`: it is not. At
    /// a vendor that renews by itself ([`Renewal::ByVendor`](super::Renewal::ByVendor)): whether it is to do so.
    pub keep_for: Option<Uuid>,
}
