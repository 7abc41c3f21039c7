//! Plans, meters of what they allow, subscriptions, payments, and the books of the money.

pub mod accounts;
pub mod books;
pub mod codes;
mod facts;
mod feature;
pub mod invoices;
pub mod meters;
pub mod metrics;
pub mod news;
pub mod payments;
pub mod refunds;
pub mod renewals;
pub mod subscriptions;

pub use feature::FEATURE;

kernel::definitions! {
    "book_entry_balances",
    "books_stay",
    "current_meters",
    "current_tier",
    "current_usage",
    "ensure_meter",
    "invoices_stay",
    "next_reset",
    "take_units",
    "usage_limits",
}
