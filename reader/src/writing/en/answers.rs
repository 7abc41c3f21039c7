//! Answers to questions. Topics: love, work, money, health, travel, family, doing, other.

use crate::writing::book::AnswerBook;

pub const ANSWERS: AnswerBook = AnswerBook {
    stems: [
        &[
            "=love",
            "=loves",
            "=loved",
            "lover",
            "=relationship",
            "=relationships",
            "partner",
            "boyfriend",
            "girlfriend",
            "marr",
            "wedding",
            "=husband",
            "=wife",
            "=ex",
            "dating",
            "romance",
            "romantic",
            "soulmate",
            "=crush",
            "divorce",
            "feelings",
            "come back",
            "back together",
            "miss me",
        ],
        &[
            "=work",
            "=works",
            "=working",
            "=job",
            "=jobs",
            "career",
            "=boss",
            "colleague",
            "office",
            "project",
            "interview",
            "promot",
            "business",
            "profession",
            "study",
            "studies",
            "exam",
            "school",
            "universit",
            "=degree",
        ],
        &[
            "money", "=pay", "=paid", "salar", "debt", "=rich", "wealth", "income", "invest",
            "=loan", "=credit", "=buy", "=sell", "afford", "financ", "lottery",
        ],
        &[
            "health", "=ill", "illness", "=sick", "disease", "=tired", "=sleep", "stress", "anxi",
            "doctor", "pain", "=energy", "exhaust", "=rest", "pregnan", "=weight", "depress",
        ],
        &[
            "travel", "=trip", "=trips", "journey", "=move", "=moving", "=abroad", "vacation",
            "holiday", "relocat", "emigrat", "=fly", "flight", "=country",
        ],
        &[
            "famil", "mother", "father", "=mom", "=mum", "=dad", "parent", "=child", "children",
            "=son", "daughter", "brother", "sister", "friend", "=home", "grandm", "grandf",
        ],
        &[
            "should", "advice", "advise", "decid", "decision", "choose", "choice", "=do",
        ],
    ],
    when: &[
        "=when",
        "=soon",
        "how long",
        "what time",
        "which month",
        "=date",
    ],
    yes_no: &[
        "will", "is", "are", "am", "do", "does", "did", "can", "could", "should", "shall", "would",
        "has", "have", "was", "were", "may", "might",
    ],
    leads: [
        &[
            "You ask about love, and a cup can only point to the places where warmth may be gathering.",
            "Matters of the heart are shy of straight answers, so let us look at what your cup holds.",
        ],
        &[
            "You ask about your work; let us see what the cup has to say to it.",
            "For questions about work I look first for what stands firm and what is moving.",
        ],
        &[
            "You ask about money. A coffee cup keeps no accounts, yet it may say something about plenty and measure.",
            "About money the cup can give no figures, only a mood and a hint where to look.",
        ],
        &[
            "You ask about how you feel. A cup is no doctor, and what hurts belongs in the hands of one; of rest and mood it may still speak.",
            "In questions of health I stay with what a cup may touch on: rest, rhythm and gentleness with yourself. Anything more belongs to a doctor.",
        ],
        &[
            "You ask about a road that leads elsewhere; cups are fond of such questions.",
            "A journey, near or far, tends to leave its trace in the grounds.",
        ],
        &[
            "You ask about your own people, and the cup has something to say to that.",
            "Where family and friends are concerned, I look for what holds together.",
        ],
        &[
            "You ask what to do. The choosing stays with you, though the cup may shed a little light on it.",
            "Nobody else can make this decision, but a sign may help you hear your own voice.",
        ],
        &[
            "I have taken your question back to the cup and looked again.",
            "Let us hold your question up to the light and see what shows through.",
        ],
    ],
    signs: &[
        "In your cup, {one} {place} [comes|come] closest to this.",
        "Of your signs it is {the} {place} that I would turn to here.",
        "Look once more {place}: {the} [seems|seem] to belong to your question.",
        "In your cup, {one} [comes|come] closest to this.",
        "Of your signs it is {the} that I would turn to here.",
    ],
    named_in: &[
        "{the} [lies|lie] {place} in your cup, and here is what [it|they] may say.",
        "You mean {the} {place}; let us look a little closer.",
        "{the} [is|are] there in your cup, and here is what [it|they] may say.",
    ],
    named_out: &[
        "I do not find {one} in this cup; in the lexicon of signs, though, [it has its|they have their] place.",
        "{one} [is|are] not among the shapes I could measure here, yet the old books know the sign.",
    ],
    named_alone: &["There is no cup of yours before me, but the lexicon of signs does know {one}."],
    no_signs: &[
        "There are no shapes of yours before me, so I asked the lexicon what might answer, and it opened at {one}.",
    ],
    second: &[
        "Beside it, {the} {place} may add a second thought.",
        "{the} {place} could be the other half of the answer.",
        "Do not overlook {the} {place}, either.",
        "{the} may add a second thought.",
    ],
    whens: [
        &[
            "As to when: it lies deep in the cup, and what lies there tends to take its time, months rather than days.",
        ],
        &[
            "As to when: on the wall the old readers counted in weeks, and there may be no way to hurry them.",
        ],
        &[
            "As to when: this close to the rim, the old readers thought in days, a week or two at most, provided that you do your part.",
        ],
        &["As to when: the cup names no day; watch for the first small sign of movement."],
    ],
    yes_nos: [
        &[
            "Yes or no? The cup gives no verdicts, but it leans towards yes, provided that you take the first step.",
            "If I had to say which way the cup tilts, I would say towards yes, gently, and not without you.",
        ],
        &[
            "Yes or no? The cup sits on the fence, and that may mean that the matter is still in your hands.",
            "A plain yes or no it will not give; both seem open, which is not the worst news.",
        ],
        &[
            "Yes or no? The sign hesitates, so it may be wiser to wait a little than to push.",
            "I would not read a yes into this yet; “not now” is not the same as “no”.",
        ],
    ],
    turns: [
        &[
            "A small thing to try: ask one question you are honestly curious about, and let the answer take its time.",
            "Perhaps it is enough this week to show one warm feeling plainly and see what comes back.",
        ],
        &[
            "A small thing to try: name the one task that would make the others easier, and give it your freshest hour.",
            "You might ask one direct question at work that you have been turning over; clarity costs less than guessing.",
        ],
        &[
            "A small thing to try: for a week, write down where the money goes; seeing comes before deciding, and big decisions deserve somebody who knows the field.",
            "You might begin by counting what is already enough; it makes the rest easier to look at.",
        ],
        &[
            "A small thing to try: three evenings in a row, go to bed half an hour earlier and leave the phone in another room.",
            "Be as patient with yourself for a few days as you would be with a good friend.",
        ],
        &[
            "A small thing to try: put one date and one place on paper, even in pencil, and see how it feels.",
            "You might travel a small stretch of it already, by asking somebody who has been there.",
        ],
        &[
            "A small thing to try: call without a reason, and listen a minute longer than usual.",
            "You might do one thing together that has no purpose; it often says what talking cannot.",
        ],
        &[
            "A small thing to try: imagine you had already decided, live with it until tomorrow, and notice whether you breathe more freely.",
            "Write both ways down with one good thing beneath each; the hand often knows before the head does.",
        ],
        &[
            "A small thing to try: carry the question with you for a day without answering it, and notice what keeps coming back.",
            "Put your question once more in the evening, in one short sentence, and note the first thing that comes.",
        ],
    ],
};
