//! The catalogue of error codes: those of every feature together, and as a page of the documentation.

use std::fmt::Write;

use kernel::{ErrorCode, Language};

use crate::codes;

/// The code of a spelling, as rows store it.
pub fn find(code: &str) -> Option<ErrorCode> {
    codes().into_iter().find(|known| known.as_str() == code)
}

/// The codes of what persons send or do, in the order of their numbers.
pub fn by_person() -> Vec<ErrorCode> {
    let mut codes: Vec<_> = codes()
        .into_iter()
        .filter(|code| code.is_by_person())
        .collect();
    codes.sort_unstable_by_key(|code| code.as_str());
    codes
}

/// The whole catalogue in Markdown.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    let mut codes = codes();
    codes.sort_unstable_by_key(|code| code.as_str());
    for code in codes {
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
`request_id` is also in the header `X-Request-Id`, and in our log. A code with no status is the error of
a reading (`error.code`) or of a payment.

| code | name | status | English | Russian | Chinese |
| --- | --- | --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_is_spelled_once_and_can_be_found() {
        let all = codes();
        let spelled: HashSet<_> = all.iter().map(|code| code.as_str()).collect();
        assert_eq!(spelled.len(), all.len());
        for code in all {
            assert_eq!(find(code.as_str()), Some(code));
        }
    }

    #[test]
    fn each_code_has_a_text_of_its_own_in_each_language() {
        for code in codes() {
            let texts: HashSet<_> = Language::ALL.iter().map(|l| code.message(*l)).collect();
            assert_eq!(texts.len(), Language::ALL.len(), "{code}");
        }
    }
}
