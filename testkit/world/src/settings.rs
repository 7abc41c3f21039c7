//! The settings of all programs together.

use kernel::env::Section;

/// `.env.example`, as it has to be.
pub fn example() -> String {
    const REST: &str = include_str!("../../../deploy/local/env.example");
    product::settings::example(&sections(), REST)
}

/// Those that every program reads, and the programs' own.
fn sections() -> Vec<Section> {
    let programs = [
        product::SETTINGS,
        api::config::SETTINGS,
        worker::config::SETTINGS,
    ];
    programs.concat()
}

#[cfg(test)]
mod guarded;

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use api::config::ApiConfig;
    use kernel::env::{Env, Setting, Unset};
    use product::Config;
    use worker::config::WorkerConfig;

    use super::*;

    fn settings() -> impl Iterator<Item = Setting> {
        let sections = sections().into_iter();
        sections.flat_map(|section| section.settings.iter().copied())
    }

    #[test]
    fn the_example_is_that_of_the_code() {
        let committed = include_str!("../../../.env.example");
        assert!(
            example() == committed,
            "the code has changed: run `make docs`"
        );
    }

    /// Also shows that each default has the type that is read: a value that cannot be read is a panic.
    #[test]
    fn every_setting_that_is_declared_is_read_and_no_other() {
        let asked = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            None
        };
        let mut env = Env::new(&lookup);
        Config::read(&mut env);
        ApiConfig::read(&mut env);
        WorkerConfig::read(&mut env);
        let declared: BTreeSet<String> =
            settings().flat_map(|setting| setting.variables()).collect();
        assert_eq!(asked.take(), declared);
    }

    #[test]
    fn no_setting_has_the_name_of_another() {
        let names: Vec<&str> = settings().map(|setting| setting.name).collect();
        let different: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
        for setting in settings() {
            for other in setting.spellings {
                assert!(!different.contains(other.name), "{}", other.name);
            }
        }
    }

    #[test]
    fn where_there_is_no_default_the_help_says_what_holds() {
        for setting in settings() {
            if let Unset::Absent(_) = setting.unset {
                assert!(setting.help.contains("Not set"), "{}", setting.name);
            }
        }
    }
}
