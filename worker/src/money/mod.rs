//! Plans and payments: ending what is over, and what people are told of their payments.

mod expire;
mod payment_success;
