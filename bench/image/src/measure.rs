//! CPU time and memory of this process, as Linux counts them.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use pictures::{Cancel, Limits};
use serde_json::json;

/// The limits of the worker.
const LIMITS: Limits = Limits {
    pixels: 50_000_000,
    memory: 200_000_000,
};

/// Runs the image step on a photo `times` times, after one run that is not measured.
pub fn measure(photo: &str, times: u32, folder: &str) -> anyhow::Result<()> {
    let file = std::fs::read(photo).context("the photo")?;
    let prepare = || pictures::prepare(&file, &LIMITS, &Cancel::default());
    let made = prepare()?;
    let (cpu, wall) = (cpu_ms()?, Instant::now());
    for _ in 0..times {
        prepare()?;
    }
    let each = |milliseconds: f64| milliseconds / f64::from(times);
    let line = json!({
        "system": "symancy",
        "photo": Path::new(photo).file_name().and_then(|name| name.to_str()),
        "cpu_ms": each(cpu_ms()? - cpu),
        "wall_ms": each(wall.elapsed().as_secs_f64() * 1e3),
        "peak_mb": peak_mb()?,
        "bytes": made.for_ai.len(),
        "thumbnail_bytes": made.thumbnail.len(),
    });
    println!("{line}");
    std::fs::write(Path::new(folder).join("symancy.jpg"), made.for_ai)?;
    Ok(())
}

/// The memory of an idle process.
pub fn idle() -> anyhow::Result<()> {
    println!("{}", json!({ "system": "symancy", "idle_mb": peak_mb()? }));
    Ok(())
}

/// CPU time, user and system. This thread does all the work.
fn cpu_ms() -> anyhow::Result<f64> {
    let statistics = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = statistics.split(' ').next().context("schedstat")?;
    Ok(nanoseconds.parse::<f64>()? / 1e6)
}

fn peak_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.context("VmHWM")?.parse::<f64>()? / 1024.0)
}
