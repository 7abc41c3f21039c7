//! What a provider can be asked for afterwards, and how its plans go on. Known by the name of the provider alone, so that
//! rules that see rows and no gateway read it here, too.

use super::saved::Renewal;

/// What never changes of how a provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    pub renewal: Renewal,
    /// Whether [`Gateway::look_up`](super::Gateway::look_up) finds a charge without a page whose answer did not come. Where
    /// it does not, such a charge is never tried again: the vendor's webhook tells of it, or an operator looks for it on the
    /// vendor's pages.
    pub finds_charges: bool,
    /// Whether [`Gateway::look_up`](super::Gateway::look_up) tells what has gone back, so that a refund whose answer did not
    /// come can be asked for again where nothing did.
    pub tells_refunds: bool,
    /// Whether [`Gateway::refund`](super::Gateway::refund) with the key of a refund whose answer did not come finds that very
    /// refund, also after weeks: then it is asked for again, and no sum is compared.
    pub knows_refunds: bool,
}

/// Of a provider that no more is known of.
const PLAIN: Manners = Manners {
    renewal: Renewal::Never,
    finds_charges: true,
    tells_refunds: true,
    knows_refunds: false,
};

/// Charged by us, with what the vendor keeps.
const KEEPS: Manners = Manners {
    renewal: Renewal::BySaved,
    ..PLAIN
};

impl Manners {
    /// Of a provider, as requests and rows spell it (`payments.provider`).
    pub fn of(provider: &str) -> Self {
        match provider {
            "telegram_stars" => Self {
                renewal: Renewal::ByVendor,
                ..PLAIN
            },
            "sbp_tinkoff" | "cloudpayments" => KEEPS,
            // By its `metadata`.
            "stripe" => Self {
                knows_refunds: true,
                ..KEEPS
            },
            // PayPal for 45 days; BTCPay by the description of the pull payment.
            "paypal" | "btcpay" => Self {
                knows_refunds: true,
                ..PLAIN
            },
            "comgate" => Self {
                finds_charges: false,
                tells_refunds: false,
                ..KEEPS
            },
            _ => PLAIN,
        }
    }
}
