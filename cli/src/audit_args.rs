//! The command line of `symancy audit`.

use audit::chain::rules::Hash;
use chrono::TimeDelta;
use clap::Subcommand;
use uuid::Uuid;

use crate::keys_args::time;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Lines of the audit log, the newest first; --json writes all of their values
    List(Filter),
    /// Check that no line was changed, put in or taken out since it was sealed
    Verify {
        /// The newest link of an earlier check, kept elsewhere: it must be in the chain
        #[arg(long, value_name = "LINK", value_parser = link)]
        head: Option<Hash>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Filter {
    /// What was done, such as consents_updated
    #[arg(long)]
    pub action: Option<String>,
    /// Who did it: person, telegram, operator, worker, or key:<prefix>
    #[arg(long)]
    pub actor: Option<String>,
    /// Id of the person whose data was changed
    #[arg(long)]
    pub person: Option<Uuid>,
    /// Lines that are younger, such as 24h
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<TimeDelta>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub limit: i64,
}

fn link(text: &str) -> Result<Hash, String> {
    let mut link = Hash::default();
    hex::decode_to_slice(text.trim(), &mut link)
        .map(|()| link)
        .map_err(|_| {
            "must be 64 hexadecimal digits, as `symancy audit verify` prints them".to_owned()
        })
}
