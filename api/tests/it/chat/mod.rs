//! The pages of the bot's chat: plans, payments, support, readings, settings.

mod history;
mod money;
mod plans;
mod settings;
mod support;
