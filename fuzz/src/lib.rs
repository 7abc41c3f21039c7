//! Runs a parser over the inputs of its corpus, and over mutations of them, for a time. It needs no special
//! compiler: instead of the branches that an input takes, the way in which the parser ends says whether an
//! input is new (an error of another kind, another shape of the result), and such an input is mutated further.
//!
//! Of our own: cargo-fuzz and AFL need a nightly compiler or an instrumented one, and `proptest` makes inputs
//! from a grammar, where what strangers send is rather a good input with something wrong in it.

mod corpus;
mod mutation;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mutation::Mutator;

/// How long a target runs, in seconds.
const SECONDS: &str = "FUZZ_SECONDS";
/// Where the mutations begin; the same seed gives the same inputs.
const SEED: &str = "FUZZ_SEED";
/// Adds inputs that end in a new way to the corpus.
const KEEP: &str = "FUZZ_KEEP";

/// The most inputs that are mutated.
const POOL_MAX: usize = 2_000;

/// The most memory that the process may ever have taken, in bytes.
const MEMORY_MAX: usize = 1 << 30;

/// A parser, and what must be true of it.
pub struct Target {
    /// Also the folder of its corpus.
    pub name: &'static str,
    /// Words of its language, which mutations put in.
    pub words: &'static [&'static str],
    /// The largest input, in bytes.
    pub largest: usize,
    /// The longest time for one input, on a busy machine.
    pub slowest: Duration,
    /// Folder with more inputs, in the workspace.
    pub more: Option<&'static str>,
    /// Parses an input, and panics if what must be true is not. Returns how it ended.
    pub run: fn(&[u8]) -> String,
}

/// Runs a target for `FUZZ_SECONDS` (1).
///
/// # Panics
/// If an input makes it panic, takes too long, or takes too much memory. The input is then in its corpus.
pub fn check(target: &Target) {
    let mut pool = corpus::load(target);
    assert!(!pool.is_empty(), "{} has no corpus", target.name);
    let mut endings: HashSet<String> = pool.iter().map(|input| ending(target, input)).collect();
    let mut mutator = Mutator::new(number(SEED, 1), target);
    let (begun, seconds) = (Instant::now(), Duration::from_secs(number(SECONDS, 1)));
    let mut executions = pool.len();
    while begun.elapsed() < seconds {
        let input = mutator.mutate(&pool);
        executions += 1;
        if endings.insert(ending(target, &input)) && pool.len() < POOL_MAX {
            if std::env::var_os(KEEP).is_some() {
                corpus::keep(target, &input);
            }
            pool.push(input);
        }
    }
    let memory = peak();
    println!(
        "| {} | {} | {executions} | {} | {} |",
        target.name,
        seconds.as_secs(),
        endings.len(),
        memory >> 20
    );
    assert!(memory < MEMORY_MAX, "{}: {memory} bytes", target.name);
}

/// The first words of an ending, without its numbers and what it quotes of the input.
fn kind_of(ending: &str) -> String {
    let unquoted = ending.split(['`', '"', '\'', '[']).next();
    let words = unquoted.unwrap_or_default().split_whitespace().take(6);
    let letters =
        |word: &str| -> String { word.chars().filter(char::is_ascii_alphabetic).collect() };
    words.map(letters).collect::<Vec<_>>().join(" ")
}

/// How a target ends on an input.
fn ending(target: &Target, input: &[u8]) -> String {
    let begun = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = begun.elapsed();
    let why = match ended {
        Ok(ending) if took <= target.slowest => return kind_of(&ending),
        Ok(_) => format!("took {took:?}"),
        Err(_) => "panicked".to_owned(),
    };
    let path = corpus::finding(target, input);
    panic!("{} {why} on {path}", target.name);
}

fn number(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(default, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {value}"))
    })
}

/// The most memory that this process ever had, in bytes; 0 where the system does not say.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let digits = line.map(|line| {
        line.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    });
    digits
        .and_then(|digits| digits.parse::<usize>().ok())
        .unwrap_or(0)
        * 1024
}
