//! What a hash of a password costs with the parameters that OWASP names and with others: how long it takes, how much memory,
//! and how many a second this machine makes with as many at once as it has cores, which is what a process admits. Prints
//! the table of docs/ACCOUNTS.md.
//!
//!     make bench-password
//!
//! Source of the first five: OWASP, Password Storage Cheat Sheet, "Argon2id".

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};

/// KiB and passes; one lane each.
const CANDIDATES: [(u32, u32, &str); 8] = [
    (47_104, 1, "OWASP"),
    (19_456, 2, "OWASP; ours"),
    (12_288, 3, "OWASP"),
    (9_216, 4, "OWASP"),
    (7_168, 5, "OWASP"),
    (19_456, 3, ""),
    (47_104, 2, ""),
    (65_536, 3, "RFC 9106, second choice, with one lane"),
];

/// Hashes one after the other.
const ALONE: usize = 21;

/// How long as many are made as can be.
const TOGETHER: Duration = Duration::from_secs(4);

fn main() -> Result<(), argon2::Error> {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    println!("{cores} cores; alone: the median of {ALONE}\n");
    println!(
        "| m, KiB | t | from | MiB each | ms alone | a second, {cores} at once | MiB of all |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (memory, passes, from) in CANDIDATES {
        let params = Params::new(memory, passes, 1, Some(32))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        hash(&argon2)?;
        let alone = alone(&argon2)?;
        let rate = together(&argon2, cores);
        let each = f64::from(memory) / 1_024.0;
        println!(
            "| {memory} | {passes} | {from} | {each:.0} | {:.1} | {rate:.0} | {:.0} |",
            alone.as_secs_f64() * 1_000.0,
            each * cores as f64
        );
    }
    Ok(())
}

/// With memory of its own, as a sign-in has it.
fn hash(argon2: &Argon2<'_>) -> Result<[u8; 32], argon2::Error> {
    let mut out = [0; 32];
    argon2.hash_password_into(
        b"four unusual words hang here",
        b"sixteen bytes in",
        &mut out,
    )?;
    Ok(out)
}

fn alone(argon2: &Argon2<'_>) -> Result<Duration, argon2::Error> {
    let mut times = Vec::new();
    for _ in 0..ALONE {
        let begun = Instant::now();
        std::hint::black_box(hash(argon2)?);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[ALONE / 2])
}

/// Hashes a second.
fn together(argon2: &Argon2<'_>, cores: usize) -> f64 {
    let (made, begun) = (AtomicU32::new(0), Instant::now());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while begun.elapsed() < TOGETHER && std::hint::black_box(hash(argon2)).is_ok() {
                    made.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    f64::from(made.into_inner()) / begun.elapsed().as_secs_f64()
}
