//! Refunds: pull payments, which the buyer has to claim.

use reqwest::Method;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::words::{Invoice, sum};
use super::{Btcpay, amount_text, failed};
use crate::payment::{Happened, Notification, Refund, Refunding};
use crate::{ProviderError, ProviderErrorKind as Kind};

/// Money that waits for the buyer.
#[derive(Deserialize)]
struct PullPayment {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    currency: String,
}

/// What was claimed of a pull payment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payout {
    state: String,
    /// In the currency of the pull payment.
    #[serde(alias = "amount")]
    original_amount: Box<RawValue>,
}

/// What a pull payment of ours has as its description: the charge, and the key of the refund.
fn mark(charge: &str, key: &str) -> String {
    format!("{charge} {key}")
}

/// The invoice of a charge; a transfer that bought nothing is a charge too.
fn invoice_of(charge: &str) -> &str {
    charge.split(':').next().unwrap_or(charge)
}

impl PullPayment {
    /// Whether it gives money of this invoice back; and of which charge. One that an operator has made on the server's
    /// own pages has the name that BTCPay gives it.
    fn charge_of(&self, invoice: &str) -> Option<String> {
        let marked = self.description.as_deref().unwrap_or_default();
        let charge = marked.split(' ').next().unwrap_or_default();
        let by_hand = format!("Refund {invoice}");
        match () {
            () if invoice_of(charge) == invoice => Some(charge.to_owned()),
            () if self.name.as_deref() == Some(&by_hand) => Some(invoice.to_owned()),
            () => None,
        }
    }
}

impl Btcpay {
    async fn pull_payments(&self) -> Result<Vec<PullPayment>, ProviderError> {
        let path = ["stores", &self.config.store_id, "pull-payments"];
        // Those that have been paid out are archived at some time.
        let query = [("includeArchived", "true")];
        self.call(Method::GET, &path, &query, None).await
    }

    /// What the buyer has got of a pull payment.
    async fn paid_out(&self, id: &str) -> Result<Decimal, ProviderError> {
        let path = ["pull-payments", id, "payouts"];
        let payouts: Vec<Payout> = self.call(Method::GET, &path, &[], None).await?;
        let completed = payouts.iter().filter(|one| one.state == "Completed");
        let sums: Option<Vec<Decimal>> = completed.map(|one| sum(&one.original_amount)).collect();
        let sums = sums.ok_or_else(|| failed(Kind::Protocol, "a payout without a sum"))?;
        Ok(sums.into_iter().sum())
    }

    pub(super) async fn give_back(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let amount = amount_text(refund.amount, &refund.currency)?;
        let mark = mark(&refund.charge, &refund.key);
        let known = self.pull_payments().await?;
        let known = known
            .into_iter()
            .find(|one| one.description.as_deref() == Some(&mark));
        if let Some(known) = known {
            return Ok(match self.paid_out(&known.id).await? >= refund.amount {
                true => Refunding::Done(Some(known.id)),
                false => Refunding::Underway(Some(known.id)),
            });
        }
        let invoice = invoice_of(&refund.charge);
        let ways = self.ways(invoice).await?;
        let way = ways.iter().find(|way| way.is_used());
        let way = way.ok_or_else(|| failed(Kind::Rejected, "nothing came for this invoice"))?;
        // What comes by an address of Lightning goes back by Lightning.
        let way = way.payment_method_id.replace("-LNURL", "-LN");
        let body = json!({
            "name": "Refund", "description": mark, "refundVariant": "Custom",
            "customAmount": amount, "customCurrency": refund.currency,
            // Servers before 2.4 take one, those since then a list.
            "payoutMethodId": way, "payoutMethods": [way],
        });
        let path = [
            "stores",
            &self.config.store_id,
            "invoices",
            invoice,
            "refund",
        ];
        let made: PullPayment = self.call(Method::POST, &path, &[], Some(body)).await?;
        Ok(Refunding::Underway(Some(made.id)))
    }

    /// What has gone back of these, which have been told: each pull payment by its number, since two of the same sum are
    /// two; and whether that is all of the charge.
    pub(super) async fn returned(
        &self,
        invoice: &Invoice,
        told: &[Notification],
    ) -> Result<Vec<Notification>, ProviderError> {
        let pulls = match self.pull_payments().await {
            Ok(pulls) => pulls,
            // That a plan was paid for has to be known also with a key that may not see refunds.
            Err(why) if why.kind == Kind::Auth => {
                tracing::warn!(error = %why, "what has gone back cannot be asked for");
                return Ok(Vec::new());
            }
            Err(why) => return Err(why),
        };
        let mut returned = Vec::new();
        for charge in told {
            let mut back = Decimal::ZERO;
            for pull in &pulls {
                if pull.charge_of(&invoice.id).as_deref() != Some(&charge.external_id) {
                    continue;
                }
                let sum = self.paid_out(&pull.id).await?;
                if sum.is_zero() {
                    continue;
                }
                returned.push(part(charge, sum, pull));
                if pull.currency == charge.currency {
                    back += sum;
                }
            }
            if back >= charge.amount {
                returned.push(Notification {
                    status: "Refunded".to_owned(),
                    happened: Happened::Returned,
                    returned: Some(back),
                    ..charge.clone()
                });
            }
        }
        Ok(returned)
    }
}

fn part(charge: &Notification, amount: Decimal, pull: &PullPayment) -> Notification {
    Notification {
        status: match pull.currency == charge.currency {
            true => format!("Refund {}", pull.id),
            // How much of the charge it is, the server does not say: it counts for no refund.
            false => "PartlyRefunded".to_owned(),
        },
        happened: Happened::PartlyReturned,
        amount,
        currency: pull.currency.clone(),
        returned: None,
        ..charge.clone()
    }
}
