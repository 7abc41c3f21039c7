//! The command line of `symancy migrate`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    /// What `up` would apply and take away; it tries in a transaction that is rolled back
    Plan,
    /// Apply the migrations, functions and rights of this version
    Up,
    /// Take the newest migrations back. Says what would be lost, and does it with --yes alone
    Down {
        /// How many
        #[arg(value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
        count: u16,
        /// Do it, and lose what is named
        #[arg(long)]
        yes: bool,
    },
}
