//! Settings from environment variables. Each module declares and reads its own; all faults are
//! collected and reported at once, so that an operator can correct them in one go. A secret may stand in a
//! file instead, whose path is in the variable `NAME_FILE`.

mod check;
mod found;
mod guard;
mod setting;

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use url::Url;

use crate::networks::{is_https_or_loopback, is_loopback};

use found::Found;

pub use check::{CHECK, checked};
pub use setting::{IN_FILE, Section, Setting, Spelling, Unset};

/// A source of variables that collects what is wrong with them.
pub struct Env<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
    warnings: Vec<String>,
    /// Faults only where strangers may reach us.
    weaknesses: Vec<String>,
    /// Settings whose address is not on this machine.
    outside: Vec<String>,
}

/// Reads the settings of this process. Returns the warnings as well, because they can be logged only
/// after the settings of the log are known.
///
/// # Errors
/// All faults, one a line.
pub fn of_process<T>(
    read: impl FnOnce(&mut Env<'_>) -> T,
) -> Result<(T, Vec<String>), ConfigError> {
    let lookup = |name: &str| std::env::var(name).ok();
    let mut env = Env::new(&lookup);
    let value = read(&mut env);
    let warnings = std::mem::take(&mut env.warnings);
    Ok((env.finish(value)?, warnings))
}

impl<'a> Env<'a> {
    /// Reads from `lookup`; tests pass a map.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            lookup,
            faults: Vec::new(),
            warnings: Vec::new(),
            weaknesses: Vec::new(),
            outside: Vec::new(),
        }
    }

    /// Records a fault in a value that only the reading module can detect.
    pub fn fault(&mut self, setting: &Setting, why: impl Display) {
        let sentence = format!("{}: {why}", self.description(setting));
        note(&mut self.faults, sentence);
    }

    /// Records what will do while all addresses are on this machine, and is a fault otherwise.
    pub fn weakness(&mut self, setting: &Setting, why: impl Display) {
        let sentence = format!("{}: {why}", self.description(setting));
        note(&mut self.weaknesses, sentence);
    }

    /// Says whether an address that is in use is on this machine.
    pub fn leads(&mut self, setting: &Setting, is_local: bool) {
        if !is_local {
            note(&mut self.outside, setting.name.to_owned());
        }
    }

    fn description(&mut self, setting: &Setting) -> String {
        let found = self.find(setting);
        found.map_or_else(
            || setting.name.to_owned(),
            |found| found.description(setting),
        )
    }

    /// A text, without the blanks around it. An empty one counts as not set.
    pub fn optional(&mut self, setting: &Setting) -> Option<String> {
        match self.find(setting)?.value {
            Ok(value) => {
                if setting.secret
                    && let Some(why) = guard::weakness(setting, &value)
                {
                    self.weakness(setting, why);
                }
                Some(value)
            }
            Err(why) => {
                self.fault(setting, why);
                None
            }
        }
    }

    /// A text that has to be there.
    pub fn required(&mut self, setting: &Setting) -> String {
        let value = self.optional(setting);
        if value.is_none() && self.find(setting).is_none() {
            let (name, example) = (setting.name, setting.shown());
            let fault = format!("{name} is not set (example: {example})");
            note(&mut self.faults, fault);
        }
        value.unwrap_or_default()
    }

    /// The secrets of these sections that are set and can be read, by the names of their settings.
    pub fn secrets(&mut self, sections: &[Section]) -> Vec<(&'static str, String)> {
        let all = sections.iter().flat_map(|section| section.settings);
        let value = |setting: &Setting| Some((setting.name, self.find(setting)?.value.ok()?));
        all.filter(|setting| setting.secret)
            .filter_map(value)
            .collect()
    }

    /// A value that may be missing.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, setting: &Setting) -> Option<T> {
        let parsed = self.optional(setting)?.parse();
        parsed.map_err(|why| self.fault(setting, why)).ok()
    }

    /// A value, else the default.
    pub fn value<T: FromStr<Err: Display>>(&mut self, setting: &Setting) -> T {
        self.parsed(setting).unwrap_or_else(|| setting.default())
    }

    /// A number with bounds, else the default.
    pub fn within(&mut self, setting: &Setting, bounds: RangeInclusive<u64>) -> u64 {
        let value = self.value(setting);
        if !bounds.contains(&value) {
            self.fault(setting, format!("it must be within {bounds:?}"));
        }
        value
    }

    /// A URL with a default, as [`Self::optional_url`] reads it.
    pub fn url(&mut self, setting: &Setting) -> Url {
        let url = self.url_anywhere(setting);
        self.leads_to(setting, &url);
        url
    }

    /// An optional URL. Credentials and people's data go there, so it is https, or on this machine.
    pub fn optional_url(&mut self, setting: &Setting) -> Option<Url> {
        let url = self.optional_url_anywhere(setting)?;
        self.leads_to(setting, &url);
        Some(url)
    }

    /// Says that this address is in use; see [`Self::leads`].
    pub fn leads_to(&mut self, setting: &Setting, url: &Url) {
        self.leads(setting, url.host_str().is_some_and(is_loopback));
    }

    /// A URL with a default that may be outside of this machine without making this a deployment.
    pub fn url_anywhere(&mut self, setting: &Setting) -> Url {
        self.optional_url_anywhere(setting)
            .unwrap_or_else(|| setting.default())
    }

    /// An optional URL of that kind.
    pub fn optional_url_anywhere(&mut self, setting: &Setting) -> Option<Url> {
        let url = self.parsed(setting)?;
        if is_https_or_loopback(&url) {
            return Some(url);
        }
        self.fault(setting, "it must be https, or http on this machine");
        None
    }

    /// Returns the value, or all collected faults.
    ///
    /// # Errors
    /// All faults, one a line.
    pub fn finish<T>(mut self, value: T) -> Result<T, ConfigError> {
        if !self.outside.is_empty() && !self.weaknesses.is_empty() {
            self.faults.append(&mut self.weaknesses);
            let outside = self.outside.join(", ");
            self.faults.push(format!(
                "some of this will do while every address is on this machine, and these are not: {outside}"
            ));
        }
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(ConfigError(self.faults))
        }
    }

    /// The first name of a setting that is set, and a warning for each later one that says something
    /// else.
    fn find(&mut self, setting: &Setting) -> Option<Found> {
        let own = Spelling::same(setting.name);
        let spellings = [own].into_iter().chain(setting.spellings.iter().copied());
        let mut set =
            spellings.filter_map(|spelling| Found::of(&spelling, setting.secret, self.lookup));
        let found = set.next()?;
        for other in set.filter(|other| other.value != found.value) {
            let (used, ignored) = (&found.name, &other.name);
            let warning = format!(
                "{ignored} is ignored for {}: {used} is set to something else",
                setting.name
            );
            note(&mut self.warnings, warning);
        }
        Some(found)
    }
}

/// Adds a sentence that is not there yet: a setting may be read twice.
fn note(sentences: &mut Vec<String>, sentence: String) {
    if !sentences.contains(&sentence) {
        sentences.push(sentence);
    }
}

/// All faults in the settings.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has faults:\n  - {}", .0.join("\n  - "))]
pub struct ConfigError(pub Vec<String>);

#[cfg(test)]
mod tests;
