//! The command line of `symancy payments`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Payments {
    /// Money that came and bought nothing, and has not gone back: the charge, and who paid
    Astray,
}
