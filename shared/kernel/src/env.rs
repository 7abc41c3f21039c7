//! Settings from environment variables. Each module reads its own; all faults are collected and
//! reported at once, so that an operator can correct them in one go.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A source of variables that collects the faults in them.
pub struct Env<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

impl<'a> Env<'a> {
    /// Reads from `lookup`; tests pass a map.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            lookup,
            faults: Vec::new(),
        }
    }

    /// Records a fault that only the reading module can detect.
    pub fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// An optional variable. An empty one counts as missing.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// A required variable; `example` is shown when it is missing.
    pub fn required(&mut self, name: &str, example: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.faults
                .push(format!("{name} is not set (example: {example})"));
            String::new()
        })
    }

    /// A variable with a default.
    pub fn or<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> T {
        let Some(raw) = self.optional(name) else {
            return default;
        };
        raw.trim().parse().unwrap_or_else(|why| {
            self.faults.push(format!("{name} is {raw:?}: {why}"));
            default
        })
    }

    /// A number with a default and bounds.
    pub fn within(&mut self, name: &str, default: u64, bounds: RangeInclusive<u64>) -> u64 {
        let value = self.or(name, default);
        if !bounds.contains(&value) {
            self.faults
                .push(format!("{name} is {value}; it must be within {bounds:?}"));
        }
        value
    }

    /// A URL with a default.
    pub fn url(&mut self, name: &str, default: &str) -> url::Url {
        let fallback = || url::Url::parse(default).expect("defaults are valid URLs");
        let Some(raw) = self.optional(name) else {
            return fallback();
        };
        url::Url::parse(raw.trim()).unwrap_or_else(|why| {
            self.faults.push(format!("{name} is {raw:?}: {why}"));
            fallback()
        })
    }

    /// An optional URL.
    pub fn optional_url(&mut self, name: &str) -> Option<url::Url> {
        let raw = self.optional(name)?;
        match url::Url::parse(raw.trim()) {
            Ok(url) => Some(url),
            Err(why) => {
                self.faults.push(format!("{name} is {raw:?}: {why}"));
                None
            }
        }
    }

    /// Returns the value, or all collected faults.
    ///
    /// # Errors
    /// All faults, one a line.
    pub fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError(self.faults))
        }
    }
}

/// All faults in the settings.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has faults:\n  - {}", .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);
