//! Stripe's words: what a Checkout Session, its charge and its disputes say.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::sums::whole;
use crate::payment::redact::redacted;
use crate::payment::{Happened, Notification, Refusal};

/// Under which name of `metadata` our payment stands. A buyer at a payment link of the same account chooses its
/// `client_reference_id`; `metadata` is written by the account alone.
pub(super) const ORDER: &str = "payment";

/// What is not kept of Stripe's words: what is about the person, their card or account, and addresses that show it.
const LEFT_OUT: &[&str] = &[
    "billing_details",
    "client_secret",
    "collected_information",
    "custom_fields",
    "customer",
    "customer_details",
    "customer_email",
    "evidence",
    "last_payment_error",
    "next_action",
    "payment_method",
    "payment_method_details",
    "receipt_email",
    "receipt_url",
    "shipping",
    "shipping_details",
    "url",
];

/// What is needed of a Checkout Session.
#[derive(Deserialize)]
struct Session {
    id: String,
    mode: String,
    status: Option<String>,
    payment_status: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    #[serde(default)]
    metadata: Value,
    payment_intent: Option<Named<Intent>>,
}

/// An object, or its id alone where it was not asked for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named<T> {
    Whole(Box<T>),
    Id(String),
}

impl<T> Named<T> {
    fn whole(&self) -> Option<&T> {
        match self {
            Self::Whole(object) => Some(object),
            Self::Id(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    last_payment_error: Option<Fault>,
    latest_charge: Option<Named<Charge>>,
}

#[derive(Deserialize)]
struct Fault {
    code: Option<String>,
    decline_code: Option<String>,
}

#[derive(Deserialize)]
struct Charge {
    amount: i64,
    amount_refunded: i64,
    refunded: bool,
    #[serde(default)]
    disputed: bool,
}

#[derive(Deserialize)]
struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    status: String,
}

#[derive(Deserialize)]
struct Refund {
    id: String,
    amount: i64,
    status: Option<String>,
}

impl Refund {
    /// How it ended, in the word that is kept; `None`: it has not.
    fn end(&self) -> Option<(&'static str, Happened)> {
        match self.status.as_deref() {
            Some("succeeded") => Some(("refund_succeeded", Happened::PartlyReturned)),
            Some("failed" | "canceled") => Some(("refund_failed", Happened::ReturnFailed)),
            _ => None,
        }
    }
}

/// The refunds of a charge that have ended.
pub(super) struct Ended {
    all: Vec<Refund>,
    /// Of those whose money is here again, in the smallest unit: what was counted as gone while they were under way, is not
    /// any more.
    pub failed: i64,
}

impl Ended {
    pub(super) fn of(refunds: &[Value]) -> Result<Self, &'static str> {
        let read = |one: &Value| Refund::deserialize(one).map_err(|_| "not a refund");
        let all = refunds.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let is_failed = |one: &&Refund| matches!(one.end(), Some((_, Happened::ReturnFailed)));
        let failed = all.iter().filter(is_failed).map(|one| one.amount).sum();
        Ok(Self { all, failed })
    }
}

/// A Checkout Session of ours, as far as it was asked for.
pub(super) struct Checkout<'a> {
    session: Session,
    words: &'a Value,
}

impl<'a> Checkout<'a> {
    /// Reads it; `None`: it is of another program, or takes no single payment.
    pub(super) fn of(words: &'a Value) -> Result<Option<Self>, &'static str> {
        let session = Session::deserialize(words).map_err(|_| "not a Checkout Session")?;
        let order = session.metadata[ORDER].as_str();
        let order = order.and_then(|order| order.parse::<Uuid>().ok());
        let is_ours = session.mode == "payment" && order.is_some();
        Ok(is_ours.then_some(Self { session, words }))
    }

    pub(super) fn order(&self) -> &str {
        self.session.metadata[ORDER].as_str().unwrap_or_default()
    }

    /// The number of its PaymentIntent, which it has from the first attempt to pay on.
    pub(super) fn intent(&self) -> Option<&str> {
        match self.session.payment_intent.as_ref()? {
            Named::Whole(intent) => Some(&intent.id),
            Named::Id(id) => Some(id),
        }
    }

    /// Whether Stripe has to be asked for disputes.
    pub(super) fn is_disputed(&self) -> bool {
        self.charge().is_some_and(|charge| charge.disputed)
    }

    fn charge(&self) -> Option<&Charge> {
        let intent = self.session.payment_intent.as_ref()?.whole()?;
        intent.latest_charge.as_ref()?.whole()
    }

    /// Whether there is a charge whose refunds Stripe can be asked for.
    pub(super) fn has_charge(&self) -> bool {
        self.charge().is_some() && self.session.payment_status == "paid"
    }

    /// What has become of its money. `failed`: what went back and is here again.
    pub(super) fn paid(&self, failed: i64) -> Result<Notification, &'static str> {
        let (status, happened, refusal) = self.session.state();
        let total = (self.session.amount_total).ok_or("amount_total is missing")?;
        let mut said = self.notification(status, happened, total)?;
        said.refusal = refusal;
        if let Some(charge) = self.charge().filter(|_| happened == Happened::Paid) {
            said.returned = Some(self.sum(charge.amount_refunded + failed)?);
        }
        Ok(said)
    }

    /// What went back of it: `amount` is the sum so far, `returned` that with what is here again.
    pub(super) fn returned(&self, failed: i64) -> Result<Option<Notification>, &'static str> {
        let Some(charge) = self.charge().filter(|charge| charge.amount_refunded > 0) else {
            return Ok(None);
        };
        let is_whole = charge.refunded || charge.amount_refunded >= charge.amount;
        let (status, happened) = match is_whole {
            true => ("refunded", Happened::Returned),
            false => ("partially_refunded", Happened::PartlyReturned),
        };
        let mut said = self.notification(status, happened, charge.amount_refunded)?;
        said.returned = Some(self.sum(charge.amount_refunded + failed)?);
        Ok(Some(said))
    }

    /// Each refund that has ended, by its number: two of the same sum are two. What has gone back in all is told besides
    /// ([`Checkout::returned`]).
    pub(super) fn ended(&self, ended: &Ended) -> Result<Vec<Notification>, &'static str> {
        let so_far = self.charge().map(|charge| charge.amount_refunded);
        let so_far = self.sum(so_far.unwrap_or_default() + ended.failed)?;
        let ends = ended.all.iter().filter_map(|one| Some((one, one.end()?)));
        let told = |(one, (word, happened)): (&Refund, (&str, Happened))| {
            let mut said =
                self.notification(&format!("{word} {}", one.id), happened, one.amount)?;
            said.returned = (happened == Happened::PartlyReturned).then_some(so_far);
            Ok(said)
        };
        ends.map(told).collect()
    }

    /// A dispute about it; `None`: an inquiry, which moves no money.
    pub(super) fn disputed(&self, words: &Value) -> Result<Option<Notification>, &'static str> {
        let dispute = Dispute::deserialize(words).map_err(|_| "not a dispute")?;
        let happened = match dispute.status.as_str() {
            "won" => Happened::DisputeWon,
            "lost" => Happened::DisputeLost,
            "needs_response" | "under_review" | "appeal_needs_response" | "appeal_under_review" => {
                Happened::Disputed
            }
            _ => return Ok(None),
        };
        // Two disputes about one charge are told apart by their numbers.
        let status = match happened {
            Happened::Disputed => format!("disputed {}", dispute.id),
            _ => format!("dispute_{} {}", dispute.status, dispute.id),
        };
        let mut said = self.notification(&status, happened, 0)?;
        said.currency = dispute.currency.to_uppercase();
        said.amount = whole(dispute.amount, &said.currency).ok_or("the currency is none")?;
        said.words = redacted(words, LEFT_OUT);
        Ok(Some(said))
    }

    fn sum(&self, minor: i64) -> Result<Decimal, &'static str> {
        whole(minor, &self.currency()).ok_or("the currency is none")
    }

    fn currency(&self) -> String {
        let currency = self.session.currency.as_deref().unwrap_or_default();
        currency.to_uppercase()
    }

    fn notification(
        &self,
        status: &str,
        happened: Happened,
        minor: i64,
    ) -> Result<Notification, &'static str> {
        Ok(Notification {
            order_id: self.order().to_owned(),
            external_id: self.session.id.clone(),
            status: status.to_owned(),
            happened,
            amount: self.sum(minor)?,
            currency: self.currency(),
            returned: None,
            payer: None,
            refusal: None,
            saved: None,
            words: redacted(self.words, LEFT_OUT),
        })
    }
}

impl Session {
    /// The word that is kept, what it means, and why it was refused. What is not known is on its way.
    fn state(&self) -> (&str, Happened, Option<Refusal>) {
        let intent = self.payment_intent.as_ref().and_then(Named::whole);
        let page = self.status.as_deref().unwrap_or_default();
        match (page, self.payment_status.as_str()) {
            (_, "paid") => ("paid", Happened::Paid, None),
            ("expired", _) => ("expired", Happened::Abandoned, None),
            // For a sum of zero, which is none of our prices.
            (_, "no_payment_required") => ("no_payment_required", Happened::Abandoned, None),
            ("complete", "unpaid") => match intent {
                None => ("processing", Happened::Underway, None),
                Some(intent) => intent.state(true),
            },
            ("open", "unpaid") => match intent {
                None => ("open", Happened::Open, None),
                Some(intent) => intent.state(false),
            },
            (_, other) => (other, Happened::Underway, None),
        }
    }
}

/// The state of a PaymentIntent whose last attempt has failed, and of a new one.
const FAILED: &str = "requires_payment_method";

impl Intent {
    /// The same, by the PaymentIntent. `is_complete`: nothing can be done at the page any more.
    fn state(&self, is_complete: bool) -> (&str, Happened, Option<Refusal>) {
        let fault = self.last_payment_error.as_ref();
        match self.status.as_str() {
            FAILED if is_complete || fault.is_some() => {
                (FAILED, Happened::Refused, fault.and_then(Fault::refusal))
            }
            FAILED | "requires_confirmation" => ("open", Happened::Open, None),
            "canceled" => ("canceled", Happened::Abandoned, None),
            other => (other, Happened::Underway, None),
        }
    }
}

impl Fault {
    /// Why it was refused (<https://docs.stripe.com/declines/codes>). `None`: for a reason that the person cannot mend.
    fn refusal(&self) -> Option<Refusal> {
        let codes = [self.decline_code.as_deref(), self.code.as_deref()];
        codes.into_iter().flatten().find_map(|code| match code {
            "insufficient_funds" => Some(Refusal::InsufficientFunds),
            "expired_card" => Some(Refusal::CardExpired),
            "authentication_required" | "payment_intent_authentication_failure" => {
                Some(Refusal::NotConfirmed)
            }
            "card_declined" => Some(Refusal::ByIssuer),
            _ => None,
        })
    }
}
