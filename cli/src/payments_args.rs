//! The command line of `symancy payments`.

use clap::{Args, Subcommand};
use money::payments::model::{PaymentProvider, PaymentStatus};
use money::refunds::by_hand::End;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum Payments {
    /// Money that came and bought nothing, and has not gone back: the charge, and who paid
    Astray,
    /// The newest payments
    Find(Find),
    /// All of one payment: what its vendor said, what was given back, what is booked
    Show { id: Uuid },
    /// Gives money back; with all of it the plan ends
    Refund(Refund),
    /// Ends a refund that is underway, as you have found it at the vendor's
    Settle(Settle),
    /// Calls of vendors' webhooks that are kept and not done: why
    Inbox,
    /// Works calls of vendors' webhooks again
    Replay {
        /// This one, also if it is done
        #[arg(long, required_unless_present = "failed")]
        id: Option<Uuid>,
        /// All that have failed
        #[arg(long, conflicts_with = "id")]
        failed: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Find {
    /// pending, succeeded, failed, refunded or canceled
    #[arg(long, value_parser = status)]
    pub status: Option<PaymentStatus>,
    /// telegram_stars, sbp_tinkoff, ...
    #[arg(long, value_parser = provider)]
    pub provider: Option<PaymentProvider>,
    /// Of the person with this id
    #[arg(long)]
    pub person: Option<Uuid>,
    /// Those whose persons ask for the money
    #[arg(long)]
    pub wished: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000))]
    pub limit: i64,
}

#[derive(Debug, Args)]
pub(crate) struct Refund {
    /// The id of the payment
    pub id: Uuid,
    /// In whole units of the currency, such as 99.50; left out: all that is left
    #[arg(long)]
    pub amount: Option<Decimal>,
    /// Why, in 10 to 500 characters
    #[arg(long)]
    pub reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct Settle {
    /// The id of the refund (`symancy payments show --json`)
    pub id: Uuid,
    /// arrived: the money has gone back; failed: it is here
    #[arg(value_parser = end)]
    pub end: End,
    /// Where that was seen, in 10 to 500 characters
    #[arg(long)]
    pub reason: String,
}

fn end(text: &str) -> Result<End, String> {
    End::parse(text).ok_or_else(|| "must be arrived or failed".to_owned())
}

fn status(text: &str) -> Result<PaymentStatus, String> {
    let all = PaymentStatus::ALL.iter().map(|one| one.as_str());
    let known: Vec<&str> = all.collect();
    PaymentStatus::parse(text).ok_or_else(|| format!("must be one of {}", known.join(", ")))
}

fn provider(text: &str) -> Result<PaymentProvider, String> {
    let all = PaymentProvider::ALL.iter().map(|one| one.as_str());
    let known: Vec<&str> = all.collect();
    PaymentProvider::parse(text).ok_or_else(|| format!("must be one of {}", known.join(", ")))
}
