//! Messages to people, one file a kind.

mod announce_analysis;
mod deliver_analysis;
mod payment_success;
mod report_failure;
mod send_notice;
mod slots;
mod tell_deletion;
mod tell_export;
