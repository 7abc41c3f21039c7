//! The bot's chat: the updates that it has handled, and its notices. Readings, payments and privacy
//! have messages of their own.

mod cancel;
pub mod commands;
pub mod consent;
pub mod dialogue;
pub mod documents;
mod greeting;
pub mod groups;
mod help;
mod invite;
pub mod jobs;
mod names;
pub mod page;
pub mod queries;
pub mod referrals;
pub mod texts;
mod unreadable;

use ::jobs::Feature;
use ::jobs::personal::{Export as Copied, PersonalData, Value};
use kernel::tables::{ADD, ALL, Erasure, Export, Table};

/// The lists of this crate.
pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    tables: &[
        Table::impersonal(
            "telegram_updates",
            "numbers of updates, which lead to no person",
        )
        .rights(ADD, ALL),
        Table::of_persons(
            "waiting_photos",
            Erasure::Cascade,
            Export::Excused("a photo that is not read yet and stands in the chat, for a day"),
        ),
        Table::of_persons(
            "dialogues",
            Erasure::Cascade,
            Export::Excused("which button was pressed last, for a day"),
        ),
        Table::of_persons("referrals", Erasure::Cascade, Export::Listed),
    ],
    prune: &[queries::PRUNE, consent::PRUNE, dialogue::PRUNE],
    personal: PersonalData {
        export: Copied {
            values: &[Value {
                name: "referrals",
                query: "SELECT jsonb_build_object('code', code, 'came_by_a_link', referrer_id IS NOT NULL,
                        'brought', (SELECT count(*) FROM referrals WHERE referrer_id = $1)) AS value
                    FROM referrals WHERE user_id = $1",
            }],
            ..Copied::NONE
        },
        ..PersonalData::NONE
    },
    ..Feature::new("bot")
};
