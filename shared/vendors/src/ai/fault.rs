//! What a vendor's refusal means. All vendors put it into `error`; they differ in codes and sentences.
//!
//! Sources: <https://openrouter.ai/docs/api/reference/errors-and-debugging>,
//! <https://platform.openai.com/docs/guides/error-codes>,
//! <https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter>,
//! <https://platform.claude.com/docs/en/api/errors>,
//! <https://ai.google.dev/gemini-api/docs/troubleshooting>, <https://console.groq.com/docs/errors>,
//! <https://docs.ollama.com/api/errors>.

use std::time::Duration;

use serde_json::Value;

use super::patience;
use crate::ProviderErrorKind as Kind;

/// Characters of a vendor's message in the log.
const MESSAGE_MAX: usize = 500;

/// One refusal.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fault {
    /// The status that the body names; of an error inside a 200 there is no other.
    status: Option<u16>,
    /// Every code, type and reason, in lower case.
    words: Vec<String>,
    /// For the log. Nothing else is logged: the metadata may quote words of a person.
    message: String,
    after: Option<Duration>,
    /// A filter has given its reasons.
    flagged: bool,
}

impl Fault {
    /// A fault that we find ourselves, as if the vendor had answered with that status.
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status: Some(status),
            message: message.into(),
            ..Self::default()
        }
    }

    /// The refusal in a body, if there is one.
    pub(super) fn of(reply: &Value) -> Option<Self> {
        // Google sends a list of one where it would stream.
        let reply = reply.get(0).unwrap_or(reply);
        match reply.get("error")? {
            Value::Null => None,
            Value::String(message) => Some(Self {
                message: message.clone(),
                ..Self::default()
            }),
            error => Some(Self::read(error)),
        }
    }

    fn read(error: &Value) -> Self {
        let code = &error["code"];
        let (metadata, details) = (&error["metadata"], details(error));
        let words = [
            code,
            &error["type"],
            &error["status"],
            &error["innererror"]["code"],
        ];
        let words = words.into_iter().chain([&metadata["error_type"]]);
        let words = words.chain(details.iter().map(|detail| &detail["reason"]));
        let words: Vec<_> = words
            .filter_map(Value::as_str)
            .map(str::to_lowercase)
            .collect();
        let number = code.as_u64().or_else(|| code.as_str()?.parse().ok());
        let number = number.and_then(|code| u16::try_from(code).ok());
        Self {
            status: number.or_else(|| words.iter().find_map(|word| status_of(word))),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            after: details
                .iter()
                .find_map(|detail| patience::duration(detail["retryDelay"].as_str()?))
                .or_else(|| {
                    Duration::try_from_secs_f64(error["availability"]["retry_after"].as_f64()?).ok()
                }),
            flagged: metadata.get("reasons").is_some() || metadata.get("patterns").is_some(),
            words,
        }
    }

    /// What it means. The status of the response wins over that of the body.
    pub(super) fn kind(&self, status: Option<u16>, after: Option<Duration>) -> Kind {
        let (status, after) = (status.or(self.status), after.or(self.after));
        if status == Some(413) || self.has(status, &TOO_LONG) {
            Kind::TooLong
        } else if self.flagged || self.has(status, &REFUSED) {
            Kind::Refused
        } else if self.has(status, &WITHDRAWN) {
            Kind::Withdrawn
        } else if self.has(status, &FOR_AN_OPERATOR) {
            Kind::Auth
        } else if self.has(status, &UNREADABLE) {
            Kind::Protocol
        } else {
            kind_of(status.unwrap_or(500), after)
        }
    }

    /// By a code; by a sentence only if the status is that of a refusal, or there is none.
    fn has(&self, status: Option<u16>, signs: &Signs) -> bool {
        let refusal = status.is_none_or(|status| (400..=499).contains(&status) && status != 429);
        let message = self.message.to_lowercase();
        let contained = |sentence: &&str| message.contains(*sentence);
        self.words
            .iter()
            .any(|word| signs.codes.contains(&word.as_str()))
            || (refusal && signs.sentences.iter().any(contained))
    }

    /// For the log: with the status, shortened, and without `secret`, should the vendor quote it.
    pub(super) fn for_log(&self, status: Option<u16>, secret: &str) -> String {
        let status = status.or(self.status);
        let status = status.map_or_else(String::new, |status| format!("{status}: "));
        let mut message = self.message.clone();
        if !secret.is_empty() {
            message = message.replace(secret, "***");
        }
        let message: String = message.chars().take(MESSAGE_MAX).collect();
        format!("{status}{message}")
    }
}

fn details(error: &Value) -> &[Value] {
    error["details"].as_array().map_or(&[], Vec::as_slice)
}

/// How vendors express one kind of fault: codes, or parts of sentences where there are none.
struct Signs {
    codes: &'static [&'static str],
    sentences: &'static [&'static str],
}

/// A request that is longer than the model's context.
const TOO_LONG: Signs = Signs {
    codes: &[
        "context_length_exceeded",
        "string_too_long",
        "string_above_max_length",
        "request_too_large",
    ],
    sentences: &[
        "maximum context length",
        "prompt is too long",
        "exceed context limit",
        "exceeds the maximum number of tokens",
        "exceeds the context length",
    ],
};

/// Filters, and models that refuse.
const REFUSED: Signs = Signs {
    codes: &[
        "content_filter",
        "content_policy_violation",
        "responsibleaipolicyviolation",
        "refusal",
    ],
    sentences: &["content filtering policy", "violating our usage policy"],
};

/// Models that are not there any more, where the status means something else.
const WITHDRAWN: Signs = Signs {
    codes: &["model_decommissioned", "model_not_found"],
    sentences: &[],
};

/// Keys and money, where the status means something else.
const FOR_AN_OPERATOR: Signs = Signs {
    codes: &["insufficient_quota", "billing_error", "api_key_invalid"],
    sentences: &[
        "credit balance is too low",
        "user location is not supported",
    ],
};

/// A model that did not keep to the form: the next answer may.
const UNREADABLE: Signs = Signs {
    codes: &["json_validate_failed"],
    sentences: &[],
};

fn kind_of(status: u16, after: Option<Duration>) -> Kind {
    match (status, after) {
        // With Retry-After, 402 is a budget of requests under way, 503 a provider that is busy.
        (429, _) | (402 | 503, Some(_)) => Kind::RateLimited(after),
        // Whether the model behind the gateway continues, and is paid for, is unknown.
        (408 | 504 | 524, _) => Kind::Timeout,
        (401..=403, _) => Kind::Auth,
        (404, _) => Kind::Withdrawn,
        (400..=499, _) => Kind::Rejected,
        // Redirects are not followed: the key would go to another host.
        (200..=399, _) => Kind::Protocol,
        _ => Kind::Transient,
    }
}

/// The status that a code stands for, where only the code is given: inside a 200.
fn status_of(word: &str) -> Option<u16> {
    Some(match word {
        "invalid_request_error" | "invalid_argument" | "failed_precondition" => 400,
        "authentication_error" | "unauthenticated" | "invalid_api_key" => 401,
        "insufficient_quota" | "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "not_found" | "model_not_found" => 404,
        "rate_limit_error" | "rate_limit_exceeded" | "resource_exhausted" => 429,
        "overloaded_error" | "unavailable" | "service_unavailable" => 503,
        "timeout_error" | "deadline_exceeded" | "timeout" => 504,
        "api_error" | "server_error" | "internal" | "internal_server_error" => 500,
        _ => return None,
    })
}
