//! The command line of `symancy ai`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Ai {
    /// The models of models.toml: whether their vendor is configured, their routes, and where
    /// OpenRouter lists another price or context. Needs no database
    Models {
        /// How many seconds to wait for OpenRouter's list
        #[arg(long, value_name = "SECONDS", default_value_t = 15,
            value_parser = clap::value_parser!(u64).range(1..=300))]
        timeout: u64,
    },
    /// The vendors: their circuit breakers, their calls of the last hour, today's cost
    Health,
}
