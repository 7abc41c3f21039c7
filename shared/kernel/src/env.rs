//! Settings from environment variables. Each module reads its own; all faults are collected and
//! reported at once, so that an operator can correct them in one go.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use url::Url;

use crate::networks::is_https_or_loopback;

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

    /// A URL with a default, as [`Self::optional_url`] reads it.
    pub fn url(&mut self, name: &str, default: &str) -> Url {
        self.optional_url(name)
            .unwrap_or_else(|| Url::parse(default).expect("defaults are valid URLs"))
    }

    /// An optional URL. Credentials and people's data go there, so it is https, or on this machine.
    pub fn optional_url(&mut self, name: &str) -> Option<Url> {
        let raw = self.optional(name)?;
        let why = match Url::parse(raw.trim()) {
            Ok(url) if is_https_or_loopback(&url) => return Some(url),
            Ok(_) => "it must be https, or http on this machine".to_owned(),
            Err(why) => why.to_string(),
        };
        self.faults.push(format!("{name} is {raw:?}: {why}"));
        None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_where_all_can_read_along_is_a_fault_of_its_setting() {
        for (value, good) in [
            ("https://api.example.org/v1", true),
            ("http://127.0.0.1:4010", true),
            ("http://127.9.9.9/", true),
            ("http://localhost:9000", true),
            ("http://[::1]:9000", true),
            ("http://api.example.org/v1", false),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("http://10.0.0.7:9000", false),
            ("http://[::2]:9000", false),
            ("ftp://127.0.0.1/", false),
            ("file:///etc/passwd", false),
        ] {
            let lookup = |_: &str| Some(value.to_owned());
            let mut env = Env::new(&lookup);
            let urls = (
                env.url("S3_ENDPOINT", "https://x"),
                env.optional_url("TELEGRAM_WEBHOOK_URL"),
            );
            let faults = env.finish(urls).err().map(|why| why.0).unwrap_or_default();
            let named = |name: &str| faults.iter().any(|fault| fault.starts_with(name));
            assert_eq!(
                (named("S3_ENDPOINT"), named("TELEGRAM_WEBHOOK_URL")),
                (!good, !good),
                "{value}"
            );
        }
    }
}
