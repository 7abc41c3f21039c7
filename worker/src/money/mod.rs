//! Plans and payments: ending what is over, and messages about payments.

mod expire;
mod payment_success;
