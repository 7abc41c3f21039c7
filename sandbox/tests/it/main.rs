//! The sandbox through its front doors, one sandbox a test.

mod ai;
mod apps;
mod bank;
mod bot_api;
mod btcpay;
mod charges;
mod cloudpayments;
mod comgate;
mod control;
mod drafts;
mod faults;
mod page;
mod payments;
mod paypal;
mod people;
mod profile;
mod pwned;
mod s3;
mod sending;
mod spoilt;
mod stage;
mod stars;
mod stripe;
mod text;
mod vendors;
mod webhook;
