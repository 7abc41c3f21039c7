//! The notices of the bot: greetings and hints.

use serde::{Deserialize, Serialize};

use crate::greeting;
use delivery::message;
use jobs::Entry;
use kernel::ErrorCode;
use money::codes;
use vendors::messenger::telegram_update::Content;

use crate::pages::{history, plans, settings, support};

use crate::talk::Talk;

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[
    Entry::of::<SendNotice>(),
    Entry::of::<SendNoticeV4>(),
    Entry::of::<SendNoticeV3>(),
    Entry::of::<SendNoticeV2>(),
    Entry::of::<SendNoticeV1>(),
];

message! {
    /// A greeting, a hint, a page. A duplicate after a crash does no harm.
    SendNotice, "notifications.send_notice.v5" {
        user_id: Uuid,
        chat_id: i64,
        notice: Notice,
        /// The message of ours whose place it takes: where a button was pressed.
        #[serde(default)]
        replaces: Option<i64>
    }
    merged_by of_chat
}

/// Of equal notices of a chat that wait, one is sent. A page that changes is always made anew: the one that is
/// being sent may have been made of what was stored before.
fn of_chat(notice: &SendNotice) -> Option<String> {
    let key = || format!("{}:{:?}", notice.chat_id, notice.notice);
    notice.replaces.is_none().then(key)
}

message! {
    /// The same as an API of the first release enqueued it.
    SendNoticeV1, "notifications.send_notice.v1" { user_id: Uuid, chat_id: i64, notice: Notice }
}

message! {
    /// The same as an API of the previous release enqueues it. The kind changes with the notices, so that no worker
    /// takes one that it does not know.
    SendNoticeV4, "notifications.send_notice.v4" {
        user_id: Uuid,
        chat_id: i64,
        notice: Notice,
        #[serde(default)]
        replaces: Option<i64>
    }
}

message! {
    /// The same as the one before that did.
    SendNoticeV3, "notifications.send_notice.v3" {
        user_id: Uuid,
        chat_id: i64,
        notice: Notice,
        #[serde(default)]
        replaces: Option<i64>
    }
}

message! {
    /// And the one before.
    SendNoticeV2, "notifications.send_notice.v2" {
        user_id: Uuid,
        chat_id: i64,
        notice: Notice,
        #[serde(default)]
        replaces: Option<i64>
    }
}

/// What the bot answers. It is made of what is stored when it is sent; see [`crate::page`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The answer to words of a person who may be in danger.
    Care,
    /// The question for consent, with a button that gives it.
    AskConsent,
    /// The answer to that button, when no photo waits.
    Agreed,
    /// A person has stayed away for 23 months: their data goes a month later.
    StayedAway,
    /// The answer to a person who is suspended.
    Suspended,
    /// The answer while operators have paused readings.
    Paused,
    /// The answer to thanks.
    Welcome,
    /// The answer to `/start` of a person who has agreed.
    Greeting,
    /// The answer to `/start` of one who has not: what the bot does, and the question for consent.
    Introduction {
        /// They have won a unit by the link of another person.
        is_invited: bool,
    },
    /// What the bot understands.
    Help,
    /// The answer to a command that the bot does not know.
    UnknownCommand,
    /// The terms of use.
    Terms,
    /// The privacy policy.
    Privacy,
    /// The person's own link to the bot.
    Invite,
    /// The first friend has come by the person's link.
    FriendCame,
    /// The answer to what the bot cannot read.
    CannotRead(Content),
    /// The answer to `/cancel`: a reading was cancelled.
    Cancelled,
    /// A reading is being made and cannot be cancelled any more.
    TooLateToCancel,
    /// What was chosen before is forgotten.
    Dropped,
    /// There was nothing to cancel.
    NothingToCancel,
    /// The answer to a message that is neither a photo nor a question about a reading.
    PhotoHint,
    /// The answer to a photo or a question when today's quota is used up.
    DailyLimit,
    /// The same, when the quota of this month is used up.
    MonthlyLimit,
    /// The same, when the trial is over.
    TrialOver,
    /// The answer to more messages than are taken in a minute.
    TooFast,
    /// Plans, and what is left.
    Plans(plans::View),
    /// The person's readings.
    History(history::View),
    Settings(settings::View),
    /// Requests to the operators.
    Support(support::View),
    /// A page of the talk about a reading.
    Talk(Talk),
}

impl Notice {
    /// The picture that the text stands under.
    pub fn picture(self) -> Option<&'static [u8]> {
        matches!(self, Self::Introduction { .. }).then_some(greeting::SAMPLE)
    }

    /// The notice for a refusal by a quota.
    pub fn of_limit(code: ErrorCode) -> Self {
        if code == codes::TRIAL_EXPIRED {
            Self::TrialOver
        } else if code == codes::MONTHLY_LIMIT_EXCEEDED {
            Self::MonthlyLimit
        } else {
            Self::DailyLimit
        }
    }
}
