//! Payment notifications of vendors, and what a person sees of their payments.

pub(crate) mod gateway;
pub(crate) mod intents;
pub(crate) mod methods;
pub(crate) mod portal;
pub(crate) mod receipts;
pub(crate) mod refund_wish;
pub(crate) mod telegram;
