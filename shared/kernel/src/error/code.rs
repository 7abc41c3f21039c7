//! The type of an error code. The general codes are in [`crate::codes`]; a feature declares its own
//! in its `codes.rs`, and all of them together are the catalogue of the documentation.

use crate::Language;

/// The catalogue entry of a code.
#[derive(Debug)]
pub struct Definition {
    /// The spelling that clients see: `E101`.
    pub code: &'static str,
    /// Its name in the documentation.
    pub name: &'static str,
    /// The HTTP statuses that an answer with this code can have. Codes without one only appear in
    /// readings and payments, in the bodies of successful responses.
    pub statuses: &'static [u16],
    /// What the person has sent or done is the reason: no fault of the deployment or of a vendor.
    pub by_person: bool,
    /// The message for the person, in each language.
    pub en: &'static str,
    pub ru: &'static str,
    pub zh: &'static str,
}

/// A code of the catalogue (design document, section 9.1, extended in its numbering).
#[derive(Clone, Copy)]
pub struct ErrorCode(&'static Definition);

impl ErrorCode {
    /// The code of a definition; see [`codes!`](crate::codes!).
    pub const fn new(definition: &'static Definition) -> Self {
        Self(definition)
    }

    /// The spelling that clients see.
    pub const fn as_str(self) -> &'static str {
        self.0.code
    }

    /// The HTTP statuses that an answer with this code can have; empty for codes that only
    /// appear in readings and payments.
    pub const fn statuses(self) -> &'static [u16] {
        self.0.statuses
    }

    /// Whether the reason is what the person has sent or done, such as a bad photo. A job that ends with
    /// such a code is done: there is nothing for an operator to repair.
    pub const fn is_by_person(self) -> bool {
        self.0.by_person
    }

    /// The message for the person, in their language.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::En => self.0.en,
            Language::Ru => self.0.ru,
            Language::Zh => self.0.zh,
        }
    }
}

impl PartialEq for ErrorCode {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for ErrorCode {}

impl std::hash::Hash for ErrorCode {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl std::fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Declares error codes as constants, and `ALL` with each of them. Written as
/// `NAME = "E101" Name [HTTP statuses] { en: …, ru: …, zh: … }`; `by_person` after the statuses says
/// that what the person has sent or done is the reason.
#[macro_export]
macro_rules! codes {
    ($($(#[$meta:meta])* $const:ident = $code:literal $name:ident [$($status:literal),*] $($by_person:ident)? {
        en: $en:literal, ru: $ru:literal, zh: $zh:literal $(,)?
    })+) => {
        $($(#[$meta])*
        pub const $const: $crate::error::ErrorCode =
            $crate::error::ErrorCode::new(&$crate::error::Definition {
                code: $code,
                name: stringify!($name),
                statuses: &[$($status),*],
                by_person: $crate::codes!(@is $($by_person)?),
                en: $en,
                ru: $ru,
                zh: $zh,
            });)+

        /// Each code that is declared here, in the order of its number.
        pub const ALL: &[$crate::error::ErrorCode] = &[$($const),+];
    };
    (@is) => { false };
    (@is by_person) => { true };
}
