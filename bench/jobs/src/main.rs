//! The Symancy half of the job queue benchmark: durable completions a second, and how soon a job
//! starts. Prints one line of JSON, like `bullmq/bench.mjs`. Started by `run.sh`, which sets
//! DATABASE_URL and REDIS_URL to private servers:
//!
//! ```text
//! bench-jobs drain <worker binary> <workers> <concurrency> <jobs>
//! bench-jobs latency <worker binary> <workers> <concurrency> <jobs per second> <seconds>
//! bench-jobs ceiling <clients> <jobs of a claim> <jobs>
//! bench-jobs claim-beside <finished jobs>
//! bench-jobs claim-after <worker binary> <jobs>
//! ```

mod ceiling;
mod drain;
mod fleet;
mod latency;
mod plan;

use std::path::Path;

use anyhow::{Context, bail};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| -> anyhow::Result<usize> {
        let text = args.get(at).context("too few arguments")?;
        text.parse()
            .with_context(|| format!("{text:?} is not a number"))
    };
    let binary = Path::new(args.get(1).map_or("", String::as_str));
    let line = match args.first().map(String::as_str) {
        Some("drain") => drain::run(binary, number(2)?, number(3)?, number(4)?).await?,
        Some("latency") => {
            latency::run(binary, number(2)?, number(3)?, number(4)?, number(5)?).await?
        }
        Some("ceiling") => ceiling::run(number(1)?, number(2)?, number(3)?).await?,
        Some("claim-beside") => plan::beside(number(1)?).await?,
        Some("claim-after") => plan::after(binary, number(2)?).await?,
        _ => bail!("the first argument is drain, latency, ceiling, claim-beside or claim-after"),
    };
    println!("{line}");
    Ok(())
}
