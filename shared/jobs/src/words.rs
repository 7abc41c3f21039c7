//! Durations and texts as operators see them, in the command `symancy` and on the admin page.

use chrono::{DateTime, TimeDelta, Utc};

/// A duration in its one or two largest units: `40ms`, `2.5s`, `3m`, `2h 5m`, `4d`.
pub fn span(span: TimeDelta) -> String {
    let (millis, seconds) = (span.num_milliseconds().max(0), span.num_seconds().max(0));
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0 => format!("{millis}ms"),
        1..10 => format!("{}.{}s", seconds, millis % 1_000 / 100),
        10..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m"),
        3_600..86_400 => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d"),
    }
}

/// The same for a number of seconds.
pub fn seconds(seconds: f64) -> String {
    // Bounded, so that infinity is shown as a duration too.
    let millis = (seconds * 1_000.0).clamp(0.0, 1e15) as i64;
    span(TimeDelta::milliseconds(millis))
}

/// A moment relative to now: `3m ago`, `in 20s`.
pub fn from_now(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let passed = now - moment;
    if passed > TimeDelta::zero() {
        format!("{} ago", span(passed))
    } else {
        format!("in {}", span(-passed))
    }
}

/// The text in one line of at most `most` characters.
pub fn shortened(text: &str, most: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_shown_in_their_largest_units() {
        let shown = [0.04, 2.54, 59.9, 185.0, 7_500.0, 400_000.0, -3.0].map(seconds);
        assert_eq!(shown, ["40ms", "2.5s", "59s", "3m", "2h 5m", "4d", "0ms"]);
        assert_eq!(seconds(f64::INFINITY), seconds(1e12));
    }

    #[test]
    fn a_moment_lies_behind_or_ahead() {
        let now = Utc::now();
        assert_eq!(from_now(now - TimeDelta::minutes(3), now), "3m ago");
        assert_eq!(from_now(now + TimeDelta::seconds(20), now), "in 20s");
    }

    #[test]
    fn a_long_text_of_many_lines_becomes_a_short_line() {
        assert_eq!(shortened("a\nb", 10), "a b");
        assert_eq!(shortened("пять слов и ещё", 6), "пять…");
    }
}
