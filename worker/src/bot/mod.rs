//! Messages of the bot that belong to no reading.

mod send_notice;
