//! What people are told of their payments.

mod payment_success;
