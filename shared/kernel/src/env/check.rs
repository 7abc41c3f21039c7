//! `--check`: a program says what is wrong with its settings and ends, before a deployment.

use std::io::Write;

use super::ConfigError;

/// The argument of a program.
pub const CHECK: &str = "--check";

/// If the program was started with [`CHECK`], prints the faults, one a line, and returns the exit code:
/// 1 with faults. Otherwise `None`.
pub fn checked<T>(read: &Result<T, ConfigError>) -> Option<i32> {
    std::env::args()
        .skip(1)
        .find(|argument| argument == CHECK)?;
    let faults = read.as_ref().err().map_or(&[][..], |ConfigError(all)| all);
    let mut out = std::io::stdout().lock();
    for fault in faults {
        // A closed output changes nothing about the code.
        let _ = writeln!(out, "{fault}");
    }
    Some(i32::from(!faults.is_empty()))
}
