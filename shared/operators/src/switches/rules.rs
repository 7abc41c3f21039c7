//! Which switches there are. Pure.

use std::collections::HashMap;

use kernel::Error;
use serde_json::{Value, json};

use crate::codes::{READINGS_PAUSED, SIGN_UP_CLOSED};

/// A switch: its key in `system_settings`, and what it says before it is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    pub key: &'static str,
    pub kind: Kind,
    pub about: &'static str,
}

/// Its kind, with its value before it is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Flag(bool),
    /// In a hundred.
    Share(u64),
}

pub const SIGN_UP_OPEN: Switch = Switch {
    key: "sign_up_open",
    kind: Kind::Flag(true),
    about: "Whether accounts by e-mail can be made.",
};

pub const READINGS_OPEN: Switch = Switch {
    key: "readings_open",
    kind: Kind::Flag(true),
    about: "Whether new readings are taken by the API. What was accepted goes on.",
};

pub const ROLLOUT_PERCENT: Switch = Switch {
    key: "rollout_percent",
    kind: Kind::Share(100),
    about: "Of how many persons in a hundred this API handles the updates, where an older workflow of n8n serves the \
            others; at most N8N_ROLLOUT_PERCENT. With 0 the workflow serves all, at once.",
};

/// All of them.
pub const ALL: &[Switch] = &[SIGN_UP_OPEN, READINGS_OPEN, ROLLOUT_PERCENT];

impl Switch {
    /// The one with this key.
    pub fn find(key: &str) -> Option<&'static Self> {
        ALL.iter().find(|switch| switch.key == key)
    }

    /// Its kind, as it is spelled.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Flag(_) => "boolean",
            Kind::Share(_) => "percent",
        }
    }

    /// Its value before it is turned.
    pub fn initial(&self) -> Value {
        match self.kind {
            Kind::Flag(on) => json!(on),
            Kind::Share(percent) => json!(percent),
        }
    }

    /// Checks a value.
    ///
    /// # Errors
    /// E105 for one of another kind.
    pub fn judge(&self, value: &Value) -> Result<(), Error> {
        let (fits, why) = match self.kind {
            Kind::Flag(_) => (value.is_boolean(), "must be true or false"),
            Kind::Share(_) => (
                value.as_u64().is_some_and(|percent| percent <= 100),
                "must be a whole number from 0 to 100",
            ),
        };
        fits.then_some(())
            .ok_or_else(|| Error::invalid("value", why))
    }
}

/// How all of them stand.
#[derive(Clone, Debug, Default)]
pub struct Values(HashMap<String, Value>);

impl Values {
    /// What is stored. What does not fit, or is of another release, does not count.
    pub fn of(rows: impl IntoIterator<Item = (String, Value)>) -> Self {
        let fits = |(key, value): &(String, Value)| {
            Switch::find(key).is_some_and(|switch| switch.judge(value).is_ok())
        };
        Self(rows.into_iter().filter(fits).collect())
    }

    /// The value of one.
    pub fn get(&self, switch: &Switch) -> Value {
        let stored = self.0.get(switch.key).cloned();
        stored.unwrap_or_else(|| switch.initial())
    }

    fn is_on(&self, switch: &Switch) -> bool {
        self.get(switch).as_bool().unwrap_or_default()
    }

    /// Refuses a sign-up while there is none.
    ///
    /// # Errors
    /// E217.
    pub fn admit_sign_up(&self) -> Result<(), Error> {
        match self.is_on(&SIGN_UP_OPEN) {
            true => Ok(()),
            false => Err(Error::Denied {
                code: SIGN_UP_CLOSED,
                details: json!({}),
            }),
        }
    }

    /// Refuses a new reading while they are paused.
    ///
    /// # Errors
    /// E318.
    pub fn admit_reading(&self) -> Result<(), Error> {
        match self.is_on(&READINGS_OPEN) {
            true => Ok(()),
            false => Err(Error::Denied {
                code: READINGS_PAUSED,
                details: json!({}),
            }),
        }
    }

    /// The share of persons whose updates are ours, with what the environment says.
    pub fn rollout(&self, most: u64) -> u64 {
        self.get(&ROLLOUT_PERCENT)
            .as_u64()
            .unwrap_or(most)
            .min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_counts_if_it_fits_and_else_the_default() {
        let row = |key: &str, value: Value| (key.to_owned(), value);
        let values = Values::of([
            row("sign_up_open", json!(false)),
            row("readings_open", json!("no")),
            row("rollout_percent", json!(101)),
            row("of_a_later_release", json!(1)),
        ]);
        assert_eq!(values.get(&SIGN_UP_OPEN), json!(false));
        assert!(values.admit_sign_up().is_err());
        assert!(values.admit_reading().is_ok());
        assert_eq!(values.rollout(100), 100);
        assert_eq!(
            Values::of([row("rollout_percent", json!(40))]).rollout(30),
            30
        );
        assert_eq!(
            Values::of([row("rollout_percent", json!(0))]).rollout(30),
            0
        );
    }

    #[test]
    fn every_default_fits_its_own_kind() {
        for switch in ALL {
            assert!(switch.judge(&switch.initial()).is_ok(), "{}", switch.key);
            assert!(switch.judge(&json!(null)).is_err(), "{}", switch.key);
        }
    }
}
