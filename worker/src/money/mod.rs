//! Plans and payments: the chore that ends them, and the message about a payment.

mod expire;
mod payment_success;
