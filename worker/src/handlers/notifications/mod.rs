//! Messages to people, one file a kind.

mod payment_success;
mod send_notice;
mod tell_deletion;
mod tell_export;
