//! The lists, and matching of phrases. In a phrase `a|b` matches either, `stem*` any word with that
//! prefix, and `~` up to two arbitrary words. `before` and `after` are words that make the phrase
//! harmless, directly before it or among the two after it.

/// A phrase to match.
pub(super) struct Phrase {
    text: &'static str,
    before: &'static str,
    after: &'static str,
}

const fn p(text: &'static str) -> Phrase {
    Phrase {
        text,
        before: "",
        after: "",
    }
}

const fn unless(text: &'static str, before: &'static str, after: &'static str) -> Phrase {
    Phrase {
        text,
        before,
        after,
    }
}

pub(super) const CRISIS: &[Phrase] = &[
    p("kill|killing myself"),
    p("end|ending my life"),
    p("end|ending my own life"),
    p("end it all"),
    p("take|taking my own life"),
    unless("suicid*", "", "squad"),
    unless(
        "want to die",
        "don't|dont|not|never|didn't",
        "laughing|laughter|for|of|happy|old|with",
    ),
    unless(
        "wanna die",
        "don't|dont|not|never",
        "laughing|for|of|happy|old|with",
    ),
    unless("wish i was|were dead", "", ""),
    unless("better off dead", "", ""),
    unless(
        "don't|dont want to live",
        "",
        "in|here|there|with|near|like|at|on|alone|together|under",
    ),
    p("don't|dont want to be alive"),
    p("no reason to live"),
    p("want|going to hurt|harm|cut myself"),
    p("self harm*"),
    // Russian
    p("суицид*"),
    p("самоубийств*"),
    p("покончить|покончу ~ с собой"),
    p("убить|убью|зарезать|повешу|повесить|утоплю|утопить ~ себя"),
    p("повешусь|повеситься|застрелюсь"),
    p("наложить|наложу ~ руки"),
    p("свести|сведу счеты с жизнью"),
    unless(
        "хочу|хочется умереть|сдохнуть",
        "не",
        "от|со|за|с|в|старым|старой",
    ),
    unless("хочу|хочется умирать", "не", "от|со|за"),
    unless(
        "не хочу|хочется жить",
        "",
        "с|со|в|во|на|у|так|здесь|тут|там|по|рядом|вместе|один|одна|одной|одному|прошлым|чужой|чужими",
    ),
    unless(
        "жить не хочу|хочется",
        "",
        "с|со|в|во|на|у|так|здесь|тут|там|по|рядом|вместе",
    ),
    p("нет смысла жить"),
    p("незачем жить"),
    p("резать|режу себя"),
];

pub(super) const CRISIS_ZH: &[(&str, &[&str])] = &[
    ("自杀", &["自杀小队"]),
    ("轻生", &["年轻生", "减轻生"]),
    ("自残", &[]),
    ("割腕", &[]),
    ("不想活", &["不想活在", "不想活得", "不想活成"]),
    ("活不下去", &[]),
    ("结束自己的生命", &[]),
    ("结束生命", &[]),
    ("想去死", &[]),
    ("我想死", &["我想死你", "我想死她", "我想死他", "我想死党"]),
    ("真想死", &["真想死你", "真想死她", "真想死他"]),
    ("好想死", &["好想死你", "好想死她", "好想死他"]),
    ("只想死", &[]),
    ("想死了算了", &[]),
];

pub(super) const REFUSED: &[Phrase] = &[
    // Sexual content about minors. Not matched: a person who writes about abuse that they suffered.
    p("sex with ~ child|children|kid|kids|minor|minors|toddler|toddlers|preteen|preteens|underage"),
    p("child|children|kid|kids|kiddie|underage|preteen|toddler porn*|nude*|erotic*"),
    p("porn*|nude|nudes|erotic* ~ child|children|kids|minors|toddlers|preteens|underage"),
    p("naked children|kids|minors|schoolgirls|schoolboys"),
    p("детск* порн*|эротик*"),
    p("порн* ~ детьми|дети|детей|ребенком|малолет*|несовершеннолетн*"),
    p("секс* с ~ детьми|ребенком|малолет*|несовершеннолетн*|школьниц*"),
    p("голые|голых дети|детей|малолет*|школьниц*"),
    // How to hurt people.
    unless(
        "how to|do|can|could|would ~ make|build|assemble|construct ~ bomb|bombs|explosive*|molotov|silencer",
        "",
        "",
    ),
    p(
        "how to|do|can|could|should ~ kill|murder|poison|strangle|stab ~ someone|somebody|him|her|them|people|person|husband|wife|boss|neighbour|neighbor|ex",
    ),
    p("как ~ сделать|собрать|изготовить|смастерить ~ бомбу|бомбы|взрывчатк*|молотова|глушитель|яд"),
    p(
        "как ~ убить|отравить|зарезать|задушить|избить ~ человека|людей|кого|его|ее|их|мужа|жену|соседа|соседку|начальника|ребенка",
    ),
    p("как его|ее|их|мужа|жену|соседа|начальника ~ убить|отравить|зарезать|задушить"),
];

pub(super) const REFUSED_ZH: &[(&str, &[&str])] = &[
    ("儿童色情", &["反儿童色情", "举报儿童色情"]),
    ("恋童", &["恋童年"]),
    ("幼女色情", &[]),
    ("和小孩做爱", &[]),
    ("未成年色情", &[]),
    ("怎么做炸弹", &[]),
    ("怎么制作炸弹", &[]),
    ("如何制作炸弹", &[]),
    ("如何制造炸弹", &[]),
    ("怎么制造炸弹", &[]),
    ("怎么杀人", &[]),
    ("如何杀人", &[]),
    ("怎么杀死", &["怎么杀死时间", "怎么杀死比赛"]),
    ("如何杀死", &["如何杀死时间", "如何杀死比赛"]),
    ("怎么毒死", &[]),
    ("如何毒死", &[]),
];

/// Words that make a "how to" phrase harmless anywhere in the text.
const HARMLESS: &[&str] = &[
    "bath",
    "game",
    "minecraft",
    "kindness",
    "ванны",
    "ванной",
    "игре",
    "добротой",
    "шоколадную",
    "cake",
];

impl Phrase {
    /// Whether these words contain it.
    pub(super) fn is_in(&self, words: &[String]) -> bool {
        let parts: Vec<&str> = self.text.split(' ').collect();
        if parts[0] == "how" || parts[0] == "как" {
            let harmless = words.iter().any(|word| HARMLESS.contains(&word.as_str()));
            if harmless {
                return false;
            }
        }
        (0..words.len()).any(|start| {
            let Some(end) = ends(&parts, words, start) else {
                return false;
            };
            let before = start.checked_sub(1).and_then(|at| words.get(at));
            let voided = before.is_some_and(|word| fits(self.before, word))
                || words[end..]
                    .iter()
                    .take(2)
                    .any(|word| fits(self.after, word));
            !voided
        })
    }
}

/// The end of the match that begins at `at`, if there is one.
fn ends(parts: &[&str], words: &[String], at: usize) -> Option<usize> {
    match parts {
        [] => Some(at),
        ["~", rest @ ..] => (0..=2).find_map(|gap| ends(rest, words, at + gap)),
        [part, rest @ ..] => {
            let word = words.get(at)?;
            fits(part, word).then(|| ends(rest, words, at + 1))?
        }
    }
}

fn fits(part: &str, word: &str) -> bool {
    part.split('|').any(|one| match one.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => !one.is_empty() && word == one,
    })
}
