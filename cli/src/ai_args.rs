//! What can be typed after `symancy ai`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Ai {
    /// The models that may be asked: whose vendor is set up, on which routes, and whether OpenRouter
    /// lists them with another price or context than models.toml. Needs no database
    Models {
        /// How many seconds to wait for OpenRouter's list
        #[arg(long, value_name = "SECONDS", default_value_t = 15,
            value_parser = clap::value_parser!(u64).range(1..=300))]
        timeout: u64,
    },
}
