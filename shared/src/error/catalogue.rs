//! The error codes: the design document's, and ours in the same numbering.

use crate::Language;
use crate::error::texts;

macro_rules! catalogue {
    ($($(#[$meta:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// A code of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$meta])* $name),+ }

        impl ErrorCode {
            /// Every code, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The spelling that clients see.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The code of a spelling.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

catalogue! {
    // Validation
    InvalidImageFormat = "E101",
    ImageTooLarge = "E102",
    InvalidFocusArea = "E103",
    MissingRequiredField = "E104",
    /// Ours: a field other than those above has a value we cannot take.
    InvalidField = "E105",
    /// Ours: the body is not of a kind we read.
    UnsupportedMediaType = "E106",
    /// Ours: the body is larger than we read.
    PayloadTooLarge = "E107",
    /// Ours: the request did not arrive in time.
    RequestTimeout = "E108",
    /// Ours: the photo shows no coffee cup.
    NotACup = "E109",
    /// Ours: a photo as iPhones store it (HEIC or AVIF). That we cannot read it is our lack, so the unit
    /// is given back.
    HeicPhoto = "E110",
    // Authorization
    Unauthorized = "E201",
    InvalidToken = "E202",
    TokenExpired = "E203",
    /// Ours: known, but not allowed.
    Forbidden = "E204",
    // Limits
    DailyLimitExceeded = "E301",
    MonthlyLimitExceeded = "E302",
    TrialExpired = "E303",
    /// Ours: the design document's "E429".
    RateLimited = "E304",
    // Payments
    PaymentFailed = "E401",
    PaymentCanceled = "E402",
    InsufficientFunds = "E403",
    PaymentProviderError = "E404",
    // AI
    AiTimeout = "E501",
    AiRateLimit = "E502",
    AiInvalidResponse = "E503",
    NsfwContentDetected = "E504",
    /// Ours: the AI service refuses or fails in another way.
    AiUnavailable = "E505",
    /// Ours: the money for AI of this day is used up.
    AiBudgetExhausted = "E506",
    // Resources (ours)
    NotFound = "E601",
    Conflict = "E602",
    MethodNotAllowed = "E603",
    /// Ours: an Idempotency-Key that was used for another request.
    IdempotencyMismatch = "E604",
    /// Ours: the request with this Idempotency-Key is still at work.
    RequestInProgress = "E605",
    // System
    InternalServerError = "E900",
    DatabaseError = "E901",
    QueueError = "E902",
    StorageError = "E903",
    /// Ours: Telegram could not be reached or refused.
    MessengerError = "E904",
    /// Ours: an operator ended the work.
    Cancelled = "E905",
}

impl ErrorCode {
    /// Whether a reading that ends with it failed for our fault and not for what was sent: then its
    /// unit of the plan is given back. So it is, out of kindness, for a photo that shows no cup.
    pub fn is_ours(self) -> bool {
        !matches!(
            self,
            Self::InvalidImageFormat | Self::ImageTooLarge | Self::NsfwContentDetected
        )
    }

    /// The sentence for the person, in their language.
    pub fn message(self, language: Language) -> &'static str {
        texts::message(self, language)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_is_spelled_once_and_can_be_read_back() {
        let spelled: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(spelled.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        }
    }

    #[test]
    fn each_code_has_a_text_of_its_own_in_each_language() {
        for code in ErrorCode::ALL {
            let texts: HashSet<_> = Language::ALL.iter().map(|l| code.message(*l)).collect();
            assert_eq!(texts.len(), Language::ALL.len(), "{code}");
        }
    }
}
