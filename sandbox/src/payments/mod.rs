//! What all vendors that take money have in common: pages to pay at, and notifications that come again.

pub mod deliveries;
pub mod page;
pub mod till;
