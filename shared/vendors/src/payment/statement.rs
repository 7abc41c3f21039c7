//! What a vendor says moved in a day: the list against which the books are held.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A line of a vendor's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The vendor's number of the line: the same whenever it is asked for.
    pub number: String,
    pub at: DateTime<Utc>,
    pub moved: Moved,
}

/// What moved, in whole units of a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Money came. With our order, if it has one.
    Came { order: Option<Uuid>, sum: Sum },
    /// The vendor keeps this much for its work; less than nothing: it gives that back.
    Fee(Sum),
    /// Sent to our bank; less than nothing: it has come back from there.
    PaidOut(Sum),
    /// What was taken in one currency stands in another one.
    Exchanged { from: Sum, to: Sum },
}

/// So much of a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}
