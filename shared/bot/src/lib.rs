//! The bot's chat: the updates that it has handled, and its notices. Readings, payments and privacy
//! have messages of their own.

pub mod albums;
pub mod consent;
pub mod dialogue;
pub mod jobs;
pub mod page;
pub mod queries;
pub mod talk;
pub mod texts;
pub mod waiting_words;
pub mod wishes;

use ::jobs::Feature;
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
    ],
    prune: &[
        queries::PRUNE,
        consent::PRUNE,
        dialogue::PRUNE,
        albums::PRUNE,
        waiting_words::PRUNE,
    ],
    ..Feature::new("bot")
};
