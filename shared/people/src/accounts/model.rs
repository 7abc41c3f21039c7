//! What accounts by e-mail are made of.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use kernel::Language;
use uuid::Uuid;

use schema::address_requests;

/// The way in by e-mail, as `identities` spells it.
pub const EMAIL: &str = "email";

/// The same of a Telegram account.
pub const TELEGRAM: &str = "telegram";

/// What a person tells when they sign up. Checked.
#[derive(Clone, Debug)]
pub struct Registration {
    pub email_key: String,
    pub spelling: String,
    pub password_hash: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub language: Language,
}

/// What is asked for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Register,
    ForgotPassword,
    ResendVerification,
    ChangeEmail,
    /// By a person who has no address yet.
    LinkEmail,
}

impl Asked {
    /// As the table spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ForgotPassword => "forgot_password",
            Self::ResendVerification => "resend_verification",
            Self::ChangeEmail => "change_email",
            Self::LinkEmail => "link_email",
        }
    }
}

/// A row of `address_requests`.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = address_requests, check_for_backend(diesel::pg::Pg))]
pub struct Request {
    pub id: Uuid,
    pub kind: String,
    pub email_key: String,
    pub spelling: String,
    pub language_code: String,
    pub user_id: Option<Uuid>,
    pub password_hash: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl Request {
    /// The language of letters about it.
    pub fn language(&self) -> Language {
        Language::from_tag(&self.language_code).unwrap_or(Language::En)
    }
}

/// Who owns an address.
#[derive(Clone, Debug)]
pub struct Owner {
    pub user_id: Uuid,
    /// As they wrote it: mail goes there, whatever somebody else has typed.
    pub spelling: String,
    pub is_verified: bool,
    pub language: Language,
    pub password_hash: Option<String>,
}

/// What a link in a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
    UndoEmail,
    /// No link: a sign-in that waits for the second factor.
    SignIn,
    /// It comes with `/start`.
    LinkTelegram,
}

impl Purpose {
    /// As the table spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::UndoEmail => "undo_email",
            Self::SignIn => "sign_in",
            Self::LinkTelegram => "link_telegram",
        }
    }
}
