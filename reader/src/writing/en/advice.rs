//! Advice by theme (news, growth, bond, rest, path, courage, change, shelter, plenty, insight)
//! and focus (general, wellbeing, career, relationships).

use crate::writing::book::AdviceBook;

pub const ADVICE: AdviceBook = AdviceBook {
    titles: [
        "Advice for the road",
        "Advice for your wellbeing",
        "Advice for your work",
        "Advice for your relationships",
    ],
    by_theme: [
        [
            "Today, answer one message that has been waiting, even if the answer is a single line.",
            "Switch off the notifications for one evening and see which news you really miss.",
            "Write the two-line message you have been postponing, and send it before noon.",
            "Call somebody instead of writing; a voice carries what written words leave out.",
        ],
        [
            "Choose one small thing that is growing and give it ten minutes today; leave the rest alone.",
            "Put one gentle habit next to one you already have, such as three deep breaths with the first coffee.",
            "Spend half an hour this week on the skill you enjoy most, before the urgent things begin.",
            "Ask somebody close what they would like more of, and give a little of it this week.",
        ],
        [
            "Thank one person aloud today, for something they believe went unnoticed.",
            "Do something restful in company this week: a walk, a soup, a game without a winner.",
            "Offer help to one colleague before they ask; choose something that takes you fifteen minutes.",
            "Say one kind thing today that you usually only think.",
        ],
        [
            "Leave one gap in tomorrow's plan and put nothing at all into it.",
            "Give yourself ten quiet minutes in the afternoon, without a screen and without a purpose.",
            "Take a break before you need one: twice today, stand up and look out of the window.",
            "Spend an evening together in which nobody has to be anywhere or settle anything.",
        ],
        [
            "Write the next step, only the next one, on a slip of paper and put it where you will see it tonight.",
            "Take a walk this week without a route, turning wherever it looks pleasant.",
            "Put two possible ways down on paper, with one good thing beneath each, and sleep on it.",
            "Go somewhere together where neither of you has been, even if it is two streets away.",
        ],
        [
            "Do the thing you have been circling around first tomorrow, for just five minutes.",
            "Stand up straight three times today, breathe out slowly, and notice what changes.",
            "At your next meeting, put your proposal into one sentence before you explain it.",
            "Tell somebody plainly what you wish for, without wrapping it in a joke.",
        ],
        [
            "Change one small thing on purpose this week: another route, another seat, another hour.",
            "Clear one drawer and let go of three things that belong to an earlier season.",
            "Try the new way on the smallest task you have, and keep the old one at hand.",
            "Break one routine you share: breakfast elsewhere, a different topic, swapped roles.",
        ],
        [
            "Make one corner of your home a little kinder this evening: a lamp, a plant, a cleared chair.",
            "Choose an hour this week that belongs to nobody but you, and guard it politely.",
            "Protect your first working hour tomorrow: no messages, one task, a closed door.",
            "Invite someone for something simple, tea and bread will do, and let them feel at home.",
        ],
        [
            "Before you sleep, name three things you already have enough of.",
            "Prepare one meal this week slowly, as if for a guest, and eat it without a screen.",
            "List what you have finished this month; show one item on it to somebody who would care.",
            "Share something today: the bigger half, the better seat, the good news.",
        ],
        [
            "Put your question once more this evening, in one short sentence, and note the first answer that comes.",
            "For three evenings, write down a single line: what did me good today?",
            "Explain your task to somebody outside it; the place where you stumble is the place to work on.",
            "Listen to the end once, without preparing a reply, and see what you hear.",
        ],
    ],
};
