//! The report: a table, the notes of each scenario, and the promises that were broken.

use std::fmt::Write;

use crate::rate::{SHARE, WINDOW};

/// The results of one scenario.
#[derive(Debug, Default)]
pub struct Row {
    pub name: &'static str,
    /// Probes and photos that were accepted.
    pub jobs: usize,
    pub lost: usize,
    pub twice: usize,
    pub stuck: i64,
    pub overpaid: usize,
    /// Results per second before the fault, and from the recovery on.
    pub before: f64,
    pub after: f64,
    /// Seconds from the end of the fault until the recovery; `None` without one.
    pub back: Option<f64>,
    /// The longest time without a result, in seconds, from the fault on.
    pub pause: f64,
    /// What was broken and how the workers took it, in words.
    pub notes: Vec<String>,
    /// Broken promises, in words.
    pub broken: Vec<String>,
}

impl Row {
    /// The result in one line.
    pub fn summary(&self) -> String {
        if self.broken.is_empty() {
            format!("kept: {} jobs, {}", self.jobs, self.notes.join(", "))
        } else {
            format!(
                "BROKEN: {} ({})",
                self.broken.join("; "),
                self.notes.join(", ")
            )
        }
    }
}

/// The results of all scenarios.
pub struct Report {
    seed: u64,
    rate: u32,
    rows: Vec<Row>,
}

impl Report {
    pub fn new(seed: u64, rate: u32) -> Self {
        Self {
            seed,
            rate,
            rows: Vec::new(),
        }
    }

    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Whether every promise was kept.
    pub fn all_kept(&self) -> bool {
        self.rows.iter().all(|row| row.broken.is_empty())
    }

    /// The report as it is printed and written to a file.
    pub fn markdown(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let mut text = format!(
            "Seed {}, {} jobs a second offered, {cores} cores. Back: the first moment after the fault from \
             which on for {} s at least {} % of the rate before was done.\n\n\
             | scenario | jobs | lost | twice | stuck | paid beyond 1 + doubted | rate before, 1/s | rate after, 1/s | longest pause, s | back after, s |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
            self.seed,
            self.rate,
            WINDOW.as_secs(),
            SHARE * 100.0,
        );
        for row in &self.rows {
            let back = row
                .back
                .map_or("never".to_owned(), |back| format!("{back:.1}"));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {:.1} | {:.1} | {:.1} | {back} |",
                row.name,
                row.jobs,
                row.lost,
                row.twice,
                row.stuck,
                row.overpaid,
                row.before,
                row.after,
                row.pause,
            );
        }
        text.push('\n');
        for row in &self.rows {
            let _ = writeln!(text, "- {}: {}", row.name, row.notes.join(", "));
        }
        let broken: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| !row.broken.is_empty())
            .collect();
        text.push_str(if broken.is_empty() {
            "\nEvery promise was kept.\n"
        } else {
            "\nBroken:\n\n"
        });
        for row in broken {
            let _ = writeln!(text, "- {}: {}", row.name, row.broken.join("; "));
        }
        text
    }
}
