//! Chores of subscriptions.

mod expire;
