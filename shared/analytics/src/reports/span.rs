//! Which time a report is about, cut into buckets. The edges are moments, so that a day has 23, 24 or 25 hours as it
//! has in its zone; sums by quarter hours are joined to them.

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most days that are counted at once.
pub const DAYS_MAX: i64 = 400;

/// The most days that are counted by hours.
pub const HOURLY_DAYS_MAX: i64 = 31;

/// The years of days that can be asked for: Postgres knows less than chrono.
const YEARS: std::ops::Range<i32> = 2000..3000;

/// How long a bucket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    Hour,
    #[default]
    Day,
    /// From Monday (ISO 8601).
    Week,
    Month,
}

/// Days of a zone, both included, and their buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: NaiveDate,
    pub end: NaiveDate,
    pub interval: Interval,
    pub zone: Tz,
    /// The moments at which buckets begin, and last the one at which the last ends.
    pub edges: Vec<DateTime<Utc>>,
    /// The same as days, where buckets are whole days.
    pub days: Vec<NaiveDate>,
}

impl Span {
    /// The days that are asked for; what is left out: today, and the 30 full days before the last one.
    ///
    /// # Errors
    /// E105 for a range that ends before it begins, or is too long.
    pub fn of(
        (start, end): (Option<NaiveDate>, Option<NaiveDate>),
        interval: Interval,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let end = end.unwrap_or_else(|| now.with_timezone(&zone).date_naive());
        for (name, day) in [("endDate", Some(end)), ("startDate", start)] {
            if day.is_some_and(|day| !YEARS.contains(&day.year())) {
                return Err(Error::invalid(name, "must be a day from 2000 to 2999"));
            }
        }
        let start = start.unwrap_or_else(|| end - Days::new(30));
        let count = (end - start).num_days() + 1;
        if !(1..=DAYS_MAX).contains(&count) {
            let why =
                format!("must be a day not after `endDate`, and at most {DAYS_MAX} days with it");
            return Err(Error::invalid("startDate", why));
        }
        if interval == Interval::Hour && count > HOURLY_DAYS_MAX {
            let why = format!("`hour` is for at most {HOURLY_DAYS_MAX} days");
            return Err(Error::invalid("interval", why));
        }
        Ok(Self::cut(start, end, interval, zone))
    }

    fn cut(start: NaiveDate, end: NaiveDate, interval: Interval, zone: Tz) -> Self {
        let after = end + Days::new(1);
        let first = |day: &NaiveDate| match interval {
            Interval::Hour | Interval::Day => true,
            Interval::Week => day.weekday().num_days_from_monday() == 0,
            Interval::Month => day.day() == 1,
        };
        let all = start.iter_days().take_while(|day| *day < after);
        let mut days: Vec<NaiveDate> = all.filter(|day| *day == start || first(day)).collect();
        days.push(after);
        let edges = match interval {
            Interval::Hour => hours(&days, zone),
            _ => days.iter().map(|day| midnight(*day, zone)).collect(),
        };
        Self {
            start,
            end,
            interval,
            zone,
            edges,
            days,
        }
    }

    /// As many days, that end where this begins.
    #[must_use]
    pub fn before(&self) -> Self {
        let count = (self.end - self.start).num_days() + 1;
        let back = TimeDelta::days(count);
        Self::cut(self.start - back, self.end - back, self.interval, self.zone)
    }

    /// The same days as one bucket.
    #[must_use]
    pub fn whole(&self) -> Self {
        let after = self.end + Days::new(1);
        Self {
            edges: vec![self.begins(), self.ends()],
            days: vec![self.start, after],
            ..self.clone()
        }
    }

    /// The same days, cut otherwise.
    #[must_use]
    pub fn by(&self, interval: Interval) -> Self {
        Self::cut(self.start, self.end, interval, self.zone)
    }

    /// The last full months that had ended when this ends.
    #[must_use]
    pub fn last_months(&self, count: u32) -> Self {
        let after = beginning(self.end + Days::new(1), Interval::Month);
        let start = (0..count).fold(after, |start, _| {
            beginning(start - Days::new(1), Interval::Month)
        });
        Self::cut(start, after - Days::new(1), Interval::Month, self.zone)
    }

    /// The whole periods that have a part in this, and so many after them.
    #[must_use]
    pub fn periods(&self, interval: Interval, more: usize) -> Self {
        let start = beginning(self.start, interval);
        let mut after = start;
        while after <= self.end {
            after = following(after, interval);
        }
        for _ in 0..more {
            after = following(after, interval);
        }
        Self::cut(start, after - Days::new(1), interval, self.zone)
    }

    /// The month of a moment.
    #[must_use]
    pub fn month_of(&self, now: DateTime<Utc>) -> Self {
        let start = beginning(now.with_timezone(&self.zone).date_naive(), Interval::Month);
        let after = following(start, Interval::Month);
        Self::cut(start, after - Days::new(1), Interval::Month, self.zone)
    }

    /// How many buckets there are.
    pub fn len(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// Whether there is none; there is always one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When it begins.
    pub fn begins(&self) -> DateTime<Utc> {
        self.edges.first().copied().unwrap_or_default()
    }

    /// When it is over.
    pub fn ends(&self) -> DateTime<Utc> {
        self.edges.last().copied().unwrap_or_default()
    }

    /// The name of a bucket: its first day, or the moment at which its hour begins in the zone.
    pub fn label(&self, at: usize) -> String {
        match self.interval {
            Interval::Hour => match self.edges.get(at) {
                Some(edge) => edge.with_timezone(&self.zone).to_rfc3339(),
                None => String::new(),
            },
            _ => self
                .days
                .get(at)
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }
}

/// The zone of this name.
///
/// # Errors
/// E105 if there is none.
pub fn zone(name: &str) -> Result<Tz, Error> {
    let known = name.parse();
    known.map_err(|_: chrono_tz::ParseError| {
        Error::invalid("timezone", "this zone is not known here")
    })
}

/// The first day of the period of a day.
fn beginning(day: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Hour | Interval::Day => day,
        Interval::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
        Interval::Month => day - Days::new(u64::from(day.day0())),
    }
}

/// The first day of the period after one that begins on this day.
fn following(day: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Hour | Interval::Day => day + Days::new(1),
        Interval::Week => day + Days::new(7),
        // The 32nd day is in the next month, however long this one is.
        Interval::Month => beginning(day + Days::new(31), interval),
    }
}

/// Each day from its beginning on, hour by hour: where clocks are set by half an hour, the last one is short or long.
fn hours(days: &[NaiveDate], zone: Tz) -> Vec<DateTime<Utc>> {
    let mut edges = Vec::new();
    for pair in days.windows(2) {
        let (mut at, until) = (midnight(pair[0], zone), midnight(pair[1], zone));
        while at < until {
            edges.push(at);
            at += TimeDelta::hours(1);
        }
    }
    edges.extend(days.last().map(|day| midnight(*day, zone)));
    edges
}

/// The moment at which a day begins: its first one, where clocks pass over midnight or show it twice.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut local = day.and_time(NaiveTime::MIN);
    // No zone has passed over more than a day.
    for _ in 0..=96 {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                return at.with_timezone(&Utc);
            }
            LocalResult::None => local += TimeDelta::minutes(15),
        }
    }
    local.and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn of(start: &str, end: &str, interval: Interval, zone: Tz) -> Span {
        let now = day("2026-12-01").and_time(NaiveTime::MIN).and_utc();
        Span::of((Some(day(start)), Some(day(end))), interval, zone, now).expect("a range")
    }

    #[test]
    fn a_day_has_the_hours_that_it_has_in_its_zone() {
        // Berlin set its clocks forward on 29 March 2026 and back on 25 October 2026 (tz database).
        let berlin = chrono_tz::Europe::Berlin;
        for (date, hours) in [("2026-03-29", 23), ("2026-03-30", 24), ("2026-10-25", 25)] {
            let span = of(date, date, Interval::Hour, berlin);
            assert_eq!(span.len(), hours, "{date}");
        }
        let span = of("2026-03-29", "2026-03-29", Interval::Hour, berlin);
        assert_eq!(span.label(1), "2026-03-29T01:00:00+01:00");
        assert_eq!(span.label(2), "2026-03-29T03:00:00+02:00");
        let days = of("2026-03-28", "2026-03-30", Interval::Day, berlin);
        let hours: Vec<i64> = days
            .edges
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).num_hours())
            .collect();
        assert_eq!(hours, [24, 23, 24]);
    }

    #[test]
    fn a_day_begins_with_its_first_moment_where_midnight_is_passed_over() {
        // Santiago set its clocks forward at midnight to 6 September 2026 (tz database, rule Chile).
        let span = of(
            "2026-09-06",
            "2026-09-06",
            Interval::Day,
            chrono_tz::America::Santiago,
        );
        assert_eq!(span.begins().to_rfc3339(), "2026-09-06T04:00:00+00:00");
        assert_eq!((span.ends() - span.begins()).num_hours(), 23);
    }

    #[test]
    fn weeks_begin_on_mondays_and_months_on_the_first_and_the_range_cuts_both() {
        // 1 July 2026 was a Wednesday.
        let weeks = of("2026-07-01", "2026-07-13", Interval::Week, Tz::UTC);
        let labels: Vec<String> = (0..weeks.len()).map(|at| weeks.label(at)).collect();
        assert_eq!(labels, ["2026-07-01", "2026-07-06", "2026-07-13"]);
        let months = of("2026-01-31", "2026-03-01", Interval::Month, Tz::UTC);
        let labels: Vec<String> = (0..months.len()).map(|at| months.label(at)).collect();
        assert_eq!(labels, ["2026-01-31", "2026-02-01", "2026-03-01"]);
        assert_eq!(months.ends().to_rfc3339(), "2026-03-02T00:00:00+00:00");
    }

    #[test]
    fn a_range_is_the_last_thirty_days_and_today_unless_others_are_asked_for_and_400_at_most() {
        let now = "2026-12-01T23:30:00Z".parse().expect("a moment");
        let of = |days| Span::of(days, Interval::Day, chrono_tz::Europe::Moscow, now);
        let left_out = of((None, None)).expect("the default");
        // In Moscow it is the next day already.
        assert_eq!(
            (left_out.start, left_out.end),
            (day("2026-11-02"), day("2026-12-02"))
        );
        assert_eq!(left_out.len(), 31);
        assert!(of((Some(day("2025-10-29")), Some(day("2026-12-02")))).is_ok());
        assert!(of((Some(day("2025-10-28")), Some(day("2026-12-02")))).is_err());
        assert!(of((Some(day("2026-12-03")), Some(day("2026-12-02")))).is_err());
        assert!(of((Some(day("1999-12-31")), Some(day("2000-01-02")))).is_err());
    }

    #[test]
    fn hours_are_counted_of_31_days_at_most() {
        let now = "2026-12-01T23:30:00Z".parse().expect("a moment");
        let of = |start| {
            let days = (Some(day(start)), Some(day("2026-12-01")));
            Span::of(days, Interval::Hour, Tz::UTC, now).map(|span| span.len())
        };
        assert_eq!(of("2026-11-01").ok(), Some(31 * 24));
        assert!(of("2026-10-31").is_err());
    }

    #[test]
    fn the_period_before_is_as_long_and_the_last_months_are_full_ones() {
        let span = of("2026-03-10", "2026-03-12", Interval::Day, Tz::UTC);
        let before = span.before();
        assert_eq!(
            (before.start, before.end),
            (day("2026-03-07"), day("2026-03-09"))
        );
        let months = span.last_months(3);
        assert_eq!(
            (months.start, months.end),
            (day("2025-12-01"), day("2026-02-28"))
        );
        assert_eq!(months.len(), 3);
        let whole = of("2026-03-01", "2026-03-31", Interval::Day, Tz::UTC).last_months(1);
        assert_eq!(
            (whole.start, whole.end),
            (day("2026-03-01"), day("2026-03-31"))
        );
        assert_eq!(span.whole().len(), 1);
    }

    #[test]
    fn periods_of_cohorts_are_whole_and_go_on_behind_the_range() {
        // 2 July 2026 was a Thursday, 13 July a Monday.
        let weeks =
            of("2026-07-02", "2026-07-13", Interval::Day, Tz::UTC).periods(Interval::Week, 2);
        let labels: Vec<String> = (0..weeks.len()).map(|at| weeks.label(at)).collect();
        assert_eq!(
            labels,
            [
                "2026-06-29",
                "2026-07-06",
                "2026-07-13",
                "2026-07-20",
                "2026-07-27"
            ]
        );
        let months =
            of("2026-01-31", "2026-02-01", Interval::Day, Tz::UTC).periods(Interval::Month, 1);
        assert_eq!(
            (months.start, months.end),
            (day("2026-01-01"), day("2026-03-31"))
        );
        let month = weeks.month_of("2026-02-14T12:00:00Z".parse().expect("a moment"));
        assert_eq!(
            (month.start, month.end, month.len()),
            (day("2026-02-01"), day("2026-02-28"), 1)
        );
    }
}
