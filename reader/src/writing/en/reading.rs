//! What readings are made of.

use crate::writing::book::ReadingBook;

pub const READING: ReadingBook = ReadingBook {
    titles: [
        "{one} at the bottom",
        "{one} on the wall",
        "{one} near the rim",
        "{one}",
    ],
    openings: &[
        "Your cup opens {place}, where {one} [has|have] taken shape.",
        "The first thing to catch the eye is {one} {place}.",
        "Turn the cup to the light and {one} [comes|come] forward {place}.",
        "Let me begin {place}: {one} [stands|stand] out there, clearer than the rest.",
        "Of all that the coffee left behind, {one} {place} [speaks|speak] first.",
        "{place}, the grounds have gathered into {one}.",
        "The first thing to catch the eye in your cup is {one}.",
        "Let me begin with {one}, clearer than all the rest.",
    ],
    item: "{one} {place}",
    told_item: "{one}",
    drawn_item: "{one}",
    rest: &[
        "A longer look also finds {rest}.",
        "It is not alone: the eye wanders on to {rest}.",
        "Around it the coffee has left {rest}.",
        "Then the picture fills out with {rest}.",
        "And it keeps company with {rest}.",
    ],
    weights: [
        &[
            "Most of this rests deep in the cup, so it may be about things that last rather than about tomorrow.",
            "The weight lies at the bottom, where a cup keeps what takes its time.",
        ],
        &[
            "Nearly everything has settled halfway up the wall, which old readers took for the coming weeks.",
            "The middle of the wall holds most of it: neither yesterday nor far away.",
        ],
        &[
            "Nearly all of it keeps to the rim, as if it wanted to be read this very week.",
            "The signs crowd towards the rim, and that hints at days close at hand.",
        ],
        &[
            "The left side carries more than the right, so the past may still have a word to say.",
            "Most of the drawing leans to the left, the side of what has already been lived.",
        ],
        &[
            "The right side is the fuller one, and it looks ahead.",
            "The drawing leans to the right, towards what is still open.",
        ],
        &[
            "The signs stand well apart, each with room of its own.",
            "Nothing crowds in this cup; there is white porcelain between one thing and the next.",
        ],
    ],
    moods: [
        &[
            "There is a sense of something about to be said.",
            "The whole has an attentive air, like a room where somebody has just knocked at the door.",
        ],
        &[
            "The mood is that of a garden in which more is going on than can be seen.",
            "It has the quiet look of things that grow while nobody is watching.",
        ],
        &[
            "Warmth runs through the drawing: there is room for others in this cup.",
            "The mood is companionable, as if the signs leaned towards one another.",
        ],
        &[
            "A slow, soft mood lies over it, and nothing in it pushes.",
            "It is a quiet cup, closer to a long breath than to a call.",
        ],
        &[
            "It feels like standing where a path divides, with time enough to look both ways.",
            "The lines all seem to lead somewhere, and that gives the cup its lightness.",
        ],
        &[
            "There is backbone in this drawing, and more nerve than noise.",
            "It could be the cup of somebody who is about to stand up straight.",
        ],
        &[
            "Something is on the turn here, though nothing breaks.",
            "The picture will not keep still: it has the mood of a season changing.",
        ],
        &[
            "It is a sheltered sort of picture, with a roof somewhere in it.",
            "The mood is a homely one, like a lamp behind a window.",
        ],
        &[
            "There is a fullness to it, like a table already half laid.",
            "It is a generous cup, and not loud about it.",
        ],
        &[
            "The mood is clear, as after somebody has wiped a window.",
            "It is a thoughtful picture, one that would rather look than hurry.",
        ],
    ],
    focus: [
        &[
            "I read it for your life as a whole, with no corner left out.",
            "Let it speak about the whole of your days, large and small.",
        ],
        &[
            "I read it with your rest, your mood and your strength in mind.",
            "Let us ask it how you could feel more at ease in yourself.",
        ],
        &[
            "I read it with your work in mind, and all that hangs on it.",
            "Let us hold it beside your working days and see what they share.",
        ],
        &[
            "I read it with those who are close to you in mind.",
            "Let us ask it about you and the people you hold dear.",
        ],
    ],
    looks: [
        &[
            "It is drawn in light, a clearing in the dark, and such signs may show what is missed as well as what is there.",
            "Here the coffee has stepped aside and left a bright shape, as if to make room for something.",
        ],
        &[
            "There is a light opening in the middle of it, like a window left unlatched.",
            "It holds a little empty space inside, and empty space may be an invitation.",
        ],
        &[
            "It takes up so much of the cup that it could hardly be called a detail.",
            "By its size alone it asks to be taken for the main theme.",
        ],
        &[
            "It is small, but a small thing can quietly decide a day.",
            "Tiny as it is, it has been set down with care.",
        ],
        &[
            "It is drawn out long, like something that continues beyond what can be seen.",
            "The line is long and unbroken, and long lines may mean staying power.",
        ],
        &[
            "Its outline branches this way and that, as if several answers were possible.",
            "It is ragged at the edges, full of small side paths.",
        ],
        &[
            "It stands upright, which may hint that a good deal here depends on your own will.",
            "Upright as it stands, it seems to look you in the eye.",
        ],
        &[
            "It leans, the way things lean that have already begun to move.",
            "Its slant suggests that something has been set in motion.",
        ],
        &[
            "It lies level and at ease, so there may be no cause to hurry.",
            "Resting on its side, it appears to be waiting without impatience.",
        ],
        &[
            "The shape is round and has no corner to catch on.",
            "Rounded as it is, it seems to be at peace with itself.",
        ],
        &[
            "The outline is soft; it takes a second look to be sure of it.",
            "Its edges melt a little into the porcelain.",
        ],
    ],
    clarity: [
        &[
            "I would not doubt this one: the line is sure.",
            "It is drawn as clearly as coffee can draw.",
        ],
        &[
            "It is only a hint, so take it as one.",
            "I say this softly, for the sign is faint.",
        ],
    ],
    relations: [
        &[
            "It lies so close to {other} that the two may belong to one story.",
            "Almost touching {other}, it may be speaking of the same matter from another side.",
        ],
        &[
            "It faces {other} across the whole cup, as question and answer do.",
            "From here to {other} is the whole width of the cup, and there may be room for both.",
        ],
        &[
            "A little way from {other}, it adds a voice of its own.",
            "Read after {other}, it could be the next step.",
        ],
    ],
    times: [
        &[
            "So deep in the cup, it may concern something lasting that rises slowly.",
            "What lies at the bottom is in no hurry, and it tends to stay.",
        ],
        &[
            "Halfway up the wall, it still has some weeks in which to ripen.",
            "On the wall things are neither near nor far; there is time to think.",
        ],
        &[
            "This close to the rim, it may touch the days just ahead.",
            "By the rim nothing waits for long, so keep an eye open this week.",
        ],
    ],
    hands: [
        &["On this side the cup remembers: something already lived may be its root."],
        &["On this side the cup looks forward, to what has not been decided yet."],
    ],
    returning: &[
        "And look who is back: {the} [was|were] in an earlier cup of yours as well.",
        "{the} [has|have] come to your cup before; what returns may still have something to tell.",
    ],
    before: &[
        "Last time it was {other} that set the tone; today it is {the} that [has|have] the floor.",
        "Where your last cup spoke of {other}, this one brings {one}.",
    ],
    not_a_cup: "To be honest, the picture does not look much like a cup, so I read its darker places the way one reads grounds.",
    told: &[
        "You tell me of what lies in your cup: {rest}. I have not seen it, so I read it as you describe it.",
        "Through your eyes, then: {rest}. I take your word for the shapes and add what the old signs say.",
    ],
    drawn: &[
        "There is no cup before me, so I listened to your words, “{quote}”, and let them choose the signs: {rest}.",
        "Without a photo I can only go by your words, “{quote}”, and the signs that seem to answer are {rest}.",
    ],
    drawn_silent: &[
        "There is neither a cup nor a word before me, so chance has chosen the signs: {rest}.",
    ],
    heard: &[
        "As for your words, “{quote}”: hold them next to {the}, and notice which thought comes first.",
        "You wrote “{quote}”: of all these signs, {the} may stand nearest to that; begin there.",
        "And your own words, “{quote}”, stayed with me while I looked; {the} may be the sign to put beside them.",
    ],
    question: [
        "Your question",
        "There is a question in your words, and a good question is half the answer. Put it once more in the evening, in one short sentence, and note the first thing that comes.",
    ],
    unnamed: "an unusual sign",
    unnamed_meanings: &[
        "It has no name in the old books, so its meaning may be yours to find: what came to mind first?",
        "Such a form is rare, and it may mark something that is yours alone.",
        "Let it stay a question for a day or two; an answer may come by itself.",
    ],
};
