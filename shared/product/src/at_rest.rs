//! What the operator says about encryption of what is stored. No program can see it, and Telegram's terms
//! for bots (section 4.4) demand it, with the key kept apart from the data.

use kernel::env::{Env, Section, Setting};

const ENCRYPTED: Setting = Setting::optional(
    "ENCRYPTED_AT_REST",
    "postgres:provider,bucket:provider,backups:age",
    "By whom what is stored is encrypted: `provider`, `disk`, or the name of a tool, for each of postgres, \
     bucket and backups. Only `symancy doctor` reads it. Not set: that is a fault of the deployment.",
);

pub(crate) const SETTINGS: Section = Section {
    title: "What is stored",
    settings: &[ENCRYPTED],
};

/// Where people's data is stored.
const PLACES: [&str; 3] = ["postgres", "bucket", "backups"];

/// Who encrypts each place, as far as it is said.
#[derive(Clone, Debug, Default)]
pub struct AtRest(Vec<(&'static str, String)>);

impl AtRest {
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        let text = env.optional(&ENCRYPTED).unwrap_or_default();
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let (known, unknown): (Vec<_>, Vec<_>) = parts
            .map(|part| named(part).ok_or(part))
            .partition(Result::is_ok);
        for part in unknown.into_iter().filter_map(Result::err) {
            env.fault(
                &ENCRYPTED,
                format!("{part:?} is not <place>:<by whom> of {}", PLACES.join(", ")),
            );
        }
        Self(known.into_iter().flatten().collect())
    }

    /// Each place, and who encrypts it.
    pub fn places(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        PLACES.into_iter().map(|place| {
            let said = self.0.iter().find(|(known, _)| *known == place);
            (place, said.map(|(_, by)| by.as_str()))
        })
    }
}

fn named(part: &str) -> Option<(&'static str, String)> {
    let (place, by) = part.split_once(':')?;
    let place = PLACES.into_iter().find(|known| *known == place.trim())?;
    let by = by.trim().to_owned();
    (!by.is_empty()).then_some((place, by))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &'static str) -> Result<Vec<(&'static str, Option<String>)>, String> {
        let lookup = |_: &str| Some(value.to_owned());
        let mut env = Env::new(&lookup);
        let read = AtRest::read(&mut env);
        let read = env.finish(read).map_err(|why| why.to_string())?;
        let owned = |(place, by): (_, Option<&str>)| (place, by.map(str::to_owned));
        Ok(read.places().map(owned).collect())
    }

    #[test]
    fn a_place_is_encrypted_by_whom_is_named_and_an_unknown_one_is_a_fault() {
        let by = |name: &str| Some(name.to_owned());
        assert_eq!(
            read("postgres:provider, backups:age"),
            Ok(vec![
                ("postgres", by("provider")),
                ("bucket", None),
                ("backups", by("age"))
            ])
        );
        for value in ["redis:disk", "postgres", "bucket:"] {
            assert!(
                read(value).is_err_and(|why| why.contains("ENCRYPTED_AT_REST")),
                "{value}"
            );
        }
    }
}
