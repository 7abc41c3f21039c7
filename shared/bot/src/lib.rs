//! The bot's chat: the updates that it has handled, its notices and pages, and requests to the operators.
//! Readings, payments and privacy have messages of their own.

pub mod albums;
mod cancel;
pub mod codes;
pub mod commands;
pub mod consent;
pub mod dialogue;
pub mod documents;
mod greeting;
pub mod groups;
mod help;
mod invite;
pub mod jobs;
pub mod lost_photo;
pub mod metrics;
pub mod mini_app;
pub mod moments;
mod names;
pub mod page;
pub mod pages;
pub mod queries;
pub mod referrals;
pub mod reminders;
pub mod returned;
pub mod support;
pub mod talk;
pub mod texts;
mod unreadable;
pub mod waiting_words;
pub mod wishes;
pub mod zones;

use ::jobs::Feature;
use ::jobs::personal::{self, List, PersonalData, Value};
use kernel::tables::{ADD, ALL, Erasure, Export, KEEP, Loss, Table};

/// The lists of this crate.
pub const FEATURE: Feature = Feature {
    codes: codes::ALL,
    metrics: metrics::METRICS,
    jobs: &[jobs::JOBS, reminders::JOBS, support::JOBS],
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
        )
        .loses(Loss::Nothing("which button was pressed last")),
        Table::of_persons(
            "album_photos",
            Erasure::Cascade,
            Export::Excused("photos that are not read and stand in the chat, for a day"),
        ),
        Table::of_persons(
            "waiting_words",
            Erasure::Cascade,
            Export::Excused("words that are not answered yet and stand in the chat, for a day"),
        ),
        Table::of_persons("referrals", Erasure::Cascade, Export::Listed)
        .loses(Loss::Nothing("what it brought stands in meters")),
        Table::of_persons("support_requests", Erasure::Cascade, Export::Listed).rights(KEEP, ALL),
    ],
    prune: &[
        queries::PRUNE,
        consent::PRUNE,
        dialogue::PRUNE,
        albums::PRUNE,
        waiting_words::PRUNE,
        support::PRUNE,
    ],
    personal: PersonalData {
        export: personal::Export {
            values: &[Value {
                name: "referrals",
                query: "SELECT jsonb_build_object('code', code, 'came_by_a_link', referrer_id IS NOT NULL,
                        'brought', (SELECT count(*) FROM referrals WHERE referrer_id = $1)) AS value
                    FROM referrals WHERE user_id = $1",
            }],
            lists: &[List {
                name: "support_requests",
                row: "'number', number, 'words', words, 'created_at', created_at, 'answer', answer,
                      'closed_at', closed_at",
                rows: "support_requests WHERE TRUE",
            }],
            ..personal::Export::NONE
        },
        ..PersonalData::NONE
    },
    ..Feature::new("bot")
};
