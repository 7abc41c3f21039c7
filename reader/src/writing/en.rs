//! English.

use super::phrases::{Phrases, Template as T};

/// The phrase book.
pub const PHRASES: Phrases = Phrases {
    gap: " ",
    comma: ", ",
    and: " and ",
    item: T("the {} {}"),
    title: T("{}: {}"),
    intros: &[
        T("I turned your cup in my hands for a while, and it spoke to me of {}."),
        T("Your cup has drawn its signs clearly enough to follow: {}."),
        T("Look with me into the cup. Here are {}."),
    ],
    not_a_cup: "The picture does not look much like a cup, so I read its darker places as one reads grounds.",
    depths: ["at the bottom", "on the wall", "near the rim"],
    sides: [
        "on the right",
        "at the lower right",
        "at the lower side",
        "at the lower left",
        "on the left",
        "at the upper left",
        "at the upper side",
        "at the upper right",
    ],
    place_gap: " ",
    somewhere: "in the cup",
    clarity: [
        &[
            "The outline is clear, and it can be trusted.",
            "This one is drawn with a sure hand.",
            "Its outline leaves little doubt.",
        ],
        &[
            "The outline is soft, yet it can be read.",
            "Half hidden, it shows itself on a second look.",
            "Its edges melt a little into the cup.",
        ],
        &[
            "It is only a hint, so take it as one.",
            "It is barely there, a whisper at the edge.",
        ],
    ],
    size: [
        &["It takes up much of the cup: this is a main theme."],
        &[
            "It is small, a matter of one moment.",
            "Small as it is, do not overlook it.",
        ],
    ],
    tilts: [
        &[
            "It lies level: there is no need to hurry here.",
            "It rests on its side, calm and waiting.",
        ],
        &[
            "It leans, as things do that have already begun to move.",
            "It stands at a slant: something has been set going.",
        ],
        &[
            "It stands upright, and so may you.",
            "It rises straight up: this depends on your own will.",
        ],
        &[
            "Its form is round, whole in itself.",
            "It is round, with no sharp corner to fear.",
        ],
    ],
    times: [
        &[
            "At the bottom of the cup it touches something deep and lasting.",
            "From the bottom of the cup things rise slowly, but they stay.",
        ],
        &[
            "On the wall it belongs to the coming weeks.",
            "Halfway up the wall, it still has time to ripen.",
        ],
        &[
            "So close to the rim it speaks of the days just ahead.",
            "By the rim nothing waits long: it may be tomorrow.",
        ],
    ],
    hands: [
        &["The left side ties it to what you have already lived through."],
        &["The right side turns it towards what is still coming."],
    ],
    unnamed: "Unusual sign",
    unnamed_meanings: &[
        "It has no name in the old books, so its meaning is yours to find: what came to mind first?",
        "Such a form is rare; it marks something that is yours alone.",
        "Let it stay a question for a day or two, and the answer will come by itself.",
    ],
    focus_lines: [
        "Let us see what it says about your life as a whole.",
        "Let us see what it says about your strength and peace of mind.",
        "Let us see what it says about your work.",
        "Let us see what it says about you and those close to you.",
    ],
    told: T("You tell me of these signs in your cup: {}. I read them as you describe them."),
    drawn: T(
        "There is no cup before me, so I listened to your words: “{}”. The signs that answer them are {}.",
    ),
    drawn_silent: T(
        "There is no cup before me and no words, so I let chance choose the signs: {}.",
    ),
    question: [
        "Your question",
        "There is a question in your words, and a good question is half of the answer. Put it once more in the evening, in one short sentence, and note the first thing that comes.",
    ],
    heard: T(
        "And to your words, “{}”: keep them in mind while you look at these signs; the one that moved you most is the answer.",
    ),
    advice: [
        (
            "Advice for the road",
            &[
                "Choose one of these signs and let it go with you today. One small step in its direction is enough.",
                "Do not hurry to explain everything. What is meant for you will come back by itself within the week.",
                "Thank someone today, aloud. It is the shortest way to put all these signs on your side.",
            ],
        ),
        (
            "Advice for your wellbeing",
            &[
                "Give yourself ten quiet minutes a day this week, without a screen and without a purpose.",
                "Go to bed half an hour earlier for three evenings, and look at the question again after that.",
                "Begin the morning with water, light and a few deep breaths. The rest will follow.",
            ],
        ),
        (
            "Advice for your work",
            &[
                "Write down the one task that matters this week, and do it before the others.",
                "Ask one direct question that you have been putting off. The answer will save you days.",
                "Finish something small today and show it. A finished thing attracts the next one.",
            ],
        ),
        (
            "Advice for your relationships",
            &[
                "Say one kind thing today that you usually only think.",
                "Listen to the end once, without preparing an answer, and see what changes.",
                "Write to the person who came to mind while you were reading this.",
            ],
        ),
    ],
};
