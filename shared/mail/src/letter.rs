//! What can be written to a person: one variant a template, with what stands in it.

use chrono::{DateTime, Utc};
use kernel::Language;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A letter that is to be sent.
#[derive(Clone, Debug)]
pub struct Letter {
    /// As the person wrote it ([`crate::address::Address::spelling`]).
    pub to: String,
    /// The person, with whose data it goes. `None`: it has to arrive after that, or goes to somebody else.
    pub user_id: Option<Uuid>,
    pub language: Language,
    pub content: Content,
    /// Of letters with the same key one is sent, ever.
    pub dedupe_key: Option<String>,
}

/// A template and its variables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "template", content = "variables", rename_all = "snake_case")]
pub enum Content {
    Welcome {
        name: Option<String>,
    },
    VerifyEmail {
        link: String,
    },
    ResetPassword {
        link: String,
    },
    PasswordChanged,
    /// To the old address: `to` is the new one, `undo` a link.
    EmailChanged {
        to: String,
        undo: String,
    },
    /// To the new address.
    ConfirmEmail {
        link: String,
    },
    /// Somebody has tried to register with this address.
    AlreadyRegistered {
        sign_in: String,
        reset: String,
    },
    /// To an address that a person with a Telegram account wants as well; `account`: what they are called there.
    LinkEmail {
        account: Option<String>,
        link: String,
    },
    /// The person has another way in.
    Linked,
    /// The person has given one up; with a link that takes it back, if it was this address.
    Unlinked {
        undo: Option<String>,
    },
    NewDevice {
        device: String,
        place: String,
        at: DateTime<Utc>,
    },
    /// A refresh token was used twice, and the session is ended.
    SignInReused,
    SecondFactorOn,
    SecondFactorOff,
    PasskeyAdded {
        name: String,
    },
    PasskeyRemoved {
        name: String,
    },
    /// A passkey that cannot be copied was used as if there were two of it, and was refused.
    PasskeyCopied {
        name: String,
    },
    /// `left`: how many there are still.
    RecoveryCodeUsed {
        left: i64,
    },
    Invitation {
        organization: String,
        inviter: Option<String>,
        link: String,
    },
    /// To the operators.
    ContactReceived {
        name: String,
        email: String,
        message: String,
    },
    AccountDeleted,
    ExportReady,
    SupportAnswer {
        question: String,
        answer: String,
    },
    /// What has happened to a plan or its money. `organization`: whose they are, if not the person's own; `link` leads to the
    /// plans.
    MoneyNews {
        subject: String,
        organization: Option<String>,
        message: String,
        link: String,
    },
    /// So much of a quota is used that it will not last; `unit` is what it counts, `link` leads to the plans.
    #[serde(rename = "quota_80")]
    Quota80 {
        organization: Option<String>,
        unit: String,
        used: String,
        allowed: String,
        resets: String,
        link: String,
    },
    /// All of a quota is used.
    #[serde(rename = "quota_100")]
    Quota100 {
        organization: Option<String>,
        unit: String,
        allowed: String,
        resets: String,
        link: String,
    },
    /// An invoice, a receipt or a credit note; `title` is what it calls itself, `link` leads to the document for so many `days`.
    Invoice {
        title: String,
        number: String,
        organization: Option<String>,
        item: String,
        total: String,
        link: String,
        days: i64,
    },
    /// An endpoint of webhooks was switched off: it has answered with `gone`, or has taken nothing since that day.
    WebhookDisabled {
        host: String,
        organization: Option<String>,
        gone: Option<String>,
        since: Option<String>,
    },
}

impl Content {
    /// As the table and the files of the texts spell it.
    pub fn template(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged { .. } => "email_changed",
            Self::ConfirmEmail { .. } => "confirm_email",
            Self::AlreadyRegistered { .. } => "already_registered",
            Self::LinkEmail { .. } => "link_email",
            Self::Linked => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::NewDevice { .. } => "new_device",
            Self::SignInReused => "sign_in_reused",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::PasskeyCopied { .. } => "passkey_copied",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::Invitation { .. } => "invitation",
            Self::ContactReceived { .. } => "contact_received",
            Self::AccountDeleted => "account_deleted",
            Self::ExportReady => "export_ready",
            Self::SupportAnswer { .. } => "support_answer",
            Self::MoneyNews { .. } => "money_news",
            Self::Quota80 { .. } => "quota_80",
            Self::Quota100 { .. } => "quota_100",
            Self::Invoice { .. } => "invoice",
            Self::WebhookDisabled { .. } => "webhook_disabled",
        }
    }

    /// Whether a person's account hangs on it: sent to addresses that take no other letters, and once more after an
    /// attempt of which the end is not known.
    pub fn is_security(&self) -> bool {
        matches!(
            self,
            Self::VerifyEmail { .. }
                | Self::ResetPassword { .. }
                | Self::PasswordChanged
                | Self::EmailChanged { .. }
                | Self::ConfirmEmail { .. }
                | Self::AlreadyRegistered { .. }
                | Self::LinkEmail { .. }
                | Self::Linked
                | Self::Unlinked { .. }
                | Self::NewDevice { .. }
                | Self::SignInReused
                | Self::SecondFactorOn
                | Self::SecondFactorOff
                | Self::PasskeyAdded { .. }
                | Self::PasskeyRemoved { .. }
                | Self::PasskeyCopied { .. }
                | Self::RecoveryCodeUsed { .. }
                | Self::AccountDeleted
        )
    }

    /// The address that an answer goes to; `None`: to the sender.
    pub fn reply_to(&self) -> Option<&str> {
        match self {
            Self::ContactReceived { email, .. } => Some(email),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_spelled_in_the_content_as_in_its_column() {
        for content in [
            Content::PasswordChanged,
            Content::SignInReused,
            Content::Welcome { name: None },
            Content::Quota100 {
                organization: None,
                unit: "messages".to_owned(),
                allowed: "20".to_owned(),
                resets: "2026-12-02 00:00 UTC".to_owned(),
                link: "https://example.com".to_owned(),
            },
            Content::VerifyEmail {
                link: "https://example.com".to_owned(),
            },
        ] {
            let json = serde_json::to_value(&content).expect("JSON");
            assert_eq!(json["template"], content.template());
        }
    }
}
