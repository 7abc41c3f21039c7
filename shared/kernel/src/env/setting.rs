//! What a setting is: its name, and all that an operator has to know about it.

use std::fmt::Display;
use std::str::FromStr;

/// What the name of a secret ends with where its value is the path of a file with the secret.
pub const IN_FILE: &str = "_FILE";

/// One variable of the environment, declared beside the code that reads it. [`super::Env`] reads
/// nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub name: &'static str,
    /// One or two sentences: what it does, its unit, when it is needed.
    pub help: &'static str,
    pub unset: Unset,
    /// Never shown: not in a message, not in a log.
    pub secret: bool,
    /// A secret that the operator chooses, so that its length is ours to demand.
    pub chosen: bool,
    /// Other names that are read when this one is not set, the first one first.
    pub spellings: &'static [Spelling],
}

/// What holds where a setting is not set.
#[derive(Clone, Copy, Debug)]
pub enum Unset {
    /// This value.
    Default(&'static str),
    /// Nothing, or what the help says; an example of a value.
    Absent(&'static str),
    /// The program does not start; an example of a value.
    Fault(&'static str),
}

/// Another name of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    pub name: &'static str,
    /// What its value is, if that is something else than the value of the setting.
    pub form: &'static str,
    convert: Convert,
}

/// From the value of a spelling to the value of the setting; or why there is none.
type Convert = fn(&str) -> Result<String, String>;

/// The settings of one subject, in the order in which an operator reads them.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub title: &'static str,
    pub settings: &'static [Setting],
}

impl Setting {
    /// A setting with a default.
    pub const fn new(name: &'static str, default: &'static str, help: &'static str) -> Self {
        Self::unset(name, Unset::Default(default), help)
    }

    /// A setting without a default; its help says what holds where it is not set.
    pub const fn optional(name: &'static str, example: &'static str, help: &'static str) -> Self {
        Self::unset(name, Unset::Absent(example), help)
    }

    /// A setting without which the program does not start.
    pub const fn required(name: &'static str, example: &'static str, help: &'static str) -> Self {
        Self::unset(name, Unset::Fault(example), help)
    }

    const fn unset(name: &'static str, unset: Unset, help: &'static str) -> Self {
        Self {
            name,
            help,
            unset,
            secret: false,
            chosen: false,
            spellings: &[],
        }
    }

    /// The same, as a secret. One that is chosen by a vendor, or a part of an address.
    pub const fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// The same, as a secret that the operator chooses.
    pub const fn chosen_secret(self) -> Self {
        Self {
            chosen: true,
            ..self.secret()
        }
    }

    /// The same, with other names.
    pub const fn also(self, spellings: &'static [Spelling]) -> Self {
        Self { spellings, ..self }
    }

    /// The default, or the example where there is none.
    pub const fn shown(&self) -> &'static str {
        match self.unset {
            Unset::Default(text) | Unset::Absent(text) | Unset::Fault(text) => text,
        }
    }

    /// The default.
    ///
    /// # Panics
    /// There is none, or it has another type: a fault of the declaration, which the test that reads
    /// all settings finds.
    pub fn default<T: FromStr<Err: Display>>(&self) -> T {
        let Unset::Default(text) = self.unset else {
            panic!("{} is declared without a default", self.name);
        };
        text.parse()
            .unwrap_or_else(|why| panic!("the default of {} is {text:?}: {why}", self.name))
    }

    /// All its names, its own first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name]
            .into_iter()
            .chain(self.spellings.iter().map(|spelling| spelling.name))
    }

    /// All variables that are read for it: its names, and those of files.
    pub fn variables(&self) -> Vec<String> {
        let files = |name: &'static str| self.secret.then(|| format!("{name}{IN_FILE}"));
        let each = |name: &'static str| [Some(name.to_owned()), files(name)];
        self.names().flat_map(each).flatten().collect()
    }
}

impl Spelling {
    /// Another name for the same value.
    pub const fn same(name: &'static str) -> Self {
        Self::converted(name, "", |value| Ok(value.to_owned()))
    }

    /// Another name with a value of another form.
    pub const fn converted(name: &'static str, form: &'static str, convert: Convert) -> Self {
        Self {
            name,
            form,
            convert,
        }
    }

    pub(super) fn convert(&self, value: &str) -> Result<String, String> {
        (self.convert)(value)
    }
}
