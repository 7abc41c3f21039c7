//! What persons read in their chat about endpoints.

use delivery::html::escape;
use kernel::Language::{self, En, Ru, Zh};

use crate::model::Endpoint;

/// That an endpoint was switched off, in Telegram's HTML; `organization` whose it is, if it is not the person's own.
pub fn disabled(endpoint: &Endpoint, organization: Option<&str>, language: Language) -> String {
    let host = escape(&endpoint.host());
    let why = match (endpoint.is_gone(), language) {
        (true, En) => {
            format!("Your endpoint at {host} has answered with 410 (Gone), so it was switched off.")
        }
        (true, Ru) => format!("Ваш адрес на {host} ответил 410 (Gone), поэтому вебхук отключён."),
        (true, Zh) => format!("您位于 {host} 的端点返回了 410（Gone），因此已被停用。"),
        (false, En) => format!(
            "Your endpoint at {host} has taken no message for five days, so it was switched off."
        ),
        (false, Ru) => {
            format!("Ваш адрес на {host} пять дней не принимал сообщений, поэтому вебхук отключён.")
        }
        (false, Zh) => format!("您位于 {host} 的端点已有五天未成功接收任何消息，因此已被停用。"),
    };
    let next = match language {
        En => {
            "What happens meanwhile is kept for 30 days. When the endpoint works again, switch it on, and replay what it has missed."
        }
        Ru => {
            "События за это время хранятся 30 дней. Когда адрес снова заработает, включите вебхук и повторите отправку пропущенного."
        }
        Zh => "在此期间的事件会保留 30 天。端点恢复后，请重新启用，并重新发送错过的事件。",
    };
    match organization {
        Some(name) => format!("<b>{}</b>\n\n🔌 {why}\n\n{next}", escape(name)),
        None => format!("🔌 {why}\n\n{next}"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_a_person_reads_has_the_host_alone_and_no_html_of_others() {
        let endpoint = Endpoint {
            id: Uuid::nil(),
            account_id: Uuid::nil(),
            url: "https://example.com/hooks/secret".to_owned(),
            description: None,
            events: Vec::new(),
            enabled: false,
            disabled_why: Some("gone".to_owned()),
            failing_since: None,
            created_at: DateTime::UNIX_EPOCH,
        };
        for language in [En, Ru, Zh] {
            let text = disabled(&endpoint, Some("Cup & Co"), language);
            assert!(
                text.contains("example.com") && text.contains("410"),
                "{text}"
            );
            assert!(
                text.contains("Cup &amp; Co") && !text.contains("secret"),
                "{text}"
            );
        }
    }
}
