//! The catalogue as a page of the documentation.

use std::fmt::Write;

use crate::Language;
use crate::error::ErrorCode;

impl ErrorCode {
    /// The HTTP statuses that an answer with this code can have. Codes without one are told of
    /// readings and payments alone, in bodies that are a success.
    pub fn statuses(self) -> &'static [u16] {
        match self {
            Self::InvalidImageFormat
            | Self::ImageTooLarge
            | Self::InvalidFocusArea
            | Self::MissingRequiredField
            | Self::InvalidField
            | Self::HeicPhoto => &[400],
            Self::UnsupportedMediaType => &[415],
            Self::PayloadTooLarge => &[413],
            Self::RequestTimeout => &[408],
            Self::Unauthorized | Self::InvalidToken | Self::TokenExpired => &[401],
            Self::Forbidden => &[403],
            Self::DailyLimitExceeded | Self::MonthlyLimitExceeded | Self::TrialExpired => &[402],
            Self::RateLimited => &[429],
            Self::NotFound => &[404],
            Self::Conflict | Self::RequestInProgress => &[409],
            Self::MethodNotAllowed => &[405],
            Self::IdempotencyMismatch => &[422],
            Self::InternalServerError => &[500],
            Self::DatabaseError | Self::QueueError => &[500, 503],
            Self::StorageError | Self::MessengerError | Self::PaymentProviderError => &[502, 503],
            Self::PaymentFailed
            | Self::PaymentCanceled
            | Self::InsufficientFunds
            | Self::AiTimeout
            | Self::AiRateLimit
            | Self::AiInvalidResponse
            | Self::NsfwContentDetected
            | Self::NotACup
            | Self::AiUnavailable
            | Self::AiBudgetExhausted
            | Self::Cancelled => &[],
        }
    }
}

/// The whole catalogue in Markdown.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    for code in ErrorCode::ALL {
        let statuses: Vec<_> = code.statuses().iter().map(u16::to_string).collect();
        let statuses = match statuses.is_empty() {
            true => "–".to_owned(),
            false => statuses.join(", "),
        };
        let [ru, en, zh] = Language::ALL.map(|language| code.message(language));
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| {code} | `{code:?}` | {statuses} | {en} | {ru} | {zh} |"
        );
    }
    page
}

const HEAD: &str = "\
# Error codes

Made from the code by `make docs`; do not edit. Every answer that is not a success has the body

```json
{\"code\": \"E301\", \"message\": \"…\", \"details\": {}, \"request_id\": \"…\"}
```

`message` is for the person, in their language: the one they chose, else Telegram's, else that of
`Accept-Language`, else English. `details` depends on the code: `field` and `reason` of an invalid
field, `retry_after_seconds` of too many requests, limit, use and `reset_at` of a used-up plan.
`request_id` is also in the header `X-Request-Id`, and in our log. A code with no status is told of
a reading (`error.code`) or of a payment.

| code | name | status | English | Russian | Chinese |
| --- | --- | --- | --- | --- | --- |
";
