//! Settings from the environment. Each module reads its own part; all faults are collected and
//! reported at once, so that an operator mends a deployment in one go.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A source of variables that remembers what was wrong with them.
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

    /// Remembers a fault of a kind that only its reader can see.
    pub fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// A variable that may be missing. An empty one counts as missing.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    /// A variable that must be there; `example` shows how one looks.
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

    /// An address of a service.
    pub fn url(&mut self, name: &str, default: &str) -> url::Url {
        let fallback = || url::Url::parse(default).expect("defaults are valid addresses");
        let Some(raw) = self.optional(name) else {
            return fallback();
        };
        url::Url::parse(raw.trim()).unwrap_or_else(|why| {
            self.faults.push(format!("{name} is {raw:?}: {why}"));
            fallback()
        })
    }

    /// An address that may be missing.
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

    /// Ends the reading.
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

/// Everything that is wrong with the environment.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has faults:\n  - {}", .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);
