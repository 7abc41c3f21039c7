//! The command line of `symancy money`.

use clap::Subcommand;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(crate) enum Money {
    /// What stands on each account of the books
    Balance,
    /// All that is booked of a payment
    Trace {
        /// The id of the payment, or the vendor's number of the charge
        payment: String,
    },
    /// All money of a person, or of an organization, by time: each payment, invoice and posting, with what stands on the account after it
    Story {
        /// The id of the person, or of the organization
        person: Uuid,
    },
    /// Money that came for no order of ours, or not as ordered, and has not gone back
    Astray,
    /// Sends money back that came astray, by its vendor
    GiveBack {
        /// The vendor's number of the charge (`symancy payments astray`)
        charge: String,
        /// Why, in 10 to 500 characters
        #[arg(long)]
        reason: String,
    },
}
