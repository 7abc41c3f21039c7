//! English.

mod advice;
mod answers;
mod reading;

use super::book::{Book, Places};

/// The phrase book.
pub const BOOK: Book = Book {
    gap: " ",
    comma: ", ",
    and: " and ",
    places: Places {
        depths: [
            [
                "at the bottom towards the right",
                "at the bottom towards the lower right",
                "at the bottom just below the middle",
                "at the bottom towards the lower left",
                "at the bottom towards the left",
                "at the bottom towards the upper left",
                "at the bottom just above the middle",
                "at the bottom towards the upper right",
                "right at the bottom",
            ],
            [
                "on the right-hand wall",
                "on the wall at the lower right",
                "on the lower wall",
                "on the wall at the lower left",
                "on the left-hand wall",
                "on the wall at the upper left",
                "on the upper wall",
                "on the wall at the upper right",
                "on the wall",
            ],
            [
                "near the right rim",
                "near the rim at the lower right",
                "near the lower rim",
                "near the rim at the lower left",
                "near the left rim",
                "near the rim at the upper left",
                "near the upper rim",
                "near the rim at the upper right",
                "near the rim",
            ],
        ],
        sides: [
            "on the right",
            "at the lower right",
            "in the lower part",
            "at the lower left",
            "on the left",
            "at the upper left",
            "in the upper part",
            "at the upper right",
        ],
    },
    reading: reading::READING,
    advice: advice::ADVICE,
    answers: answers::ANSWERS,
    notice: "To be open with you: no AI was involved here; the grounds were measured and looked up in a lexicon of coffee signs.",
    notice_of_words: "To be open with you: no AI was involved here; the meanings come from a lexicon of coffee signs.",
};
