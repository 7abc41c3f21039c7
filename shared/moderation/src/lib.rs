//! Moderates what people write before a model is asked for an answer. Pure functions.
//!
//! The lists (`lists/`) cover what must not depend on a model: a person who may harm themselves gets a
//! caring answer, and a few kinds of requests are refused. The model judges everything else
//! (`appropriate` in its answer). In doubt a text is a crisis: an answer with care does no harm, and one
//! that is missing may.

mod phrase;
mod plain;

use std::sync::LazyLock;

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use phrase::{Phrase, Run, phrases, runs};

/// What to do with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// Process it.
    Fine,
    /// The person may be in danger: answer with [`care`] and nothing else. The text is not kept, and
    /// given to no vendor.
    Crisis,
    /// Refuse it.
    Refused,
}

/// The phrases of one assessment.
struct List {
    phrases: Vec<Phrase>,
    runs: Vec<Run>,
}

static CRISIS: LazyLock<List> = LazyLock::new(|| {
    let mut all = phrases(include_str!("../lists/crisis.en"));
    all.extend(phrases(include_str!("../lists/crisis.ru")));
    List {
        phrases: all,
        runs: runs(include_str!("../lists/crisis.zh")),
    }
});

static REFUSED: LazyLock<List> = LazyLock::new(|| List {
    phrases: phrases(include_str!("../lists/refused")),
    runs: runs(include_str!("../lists/refused.zh")),
});

impl List {
    fn is_in(&self, words: &[String], run: &str) -> bool {
        self.phrases.iter().any(|phrase| phrase.is_in(words))
            || self.runs.iter().any(|one| one.is_in(run))
    }
}

/// Moderates a text of a person, in any supported language.
pub fn assess(text: &str) -> Assessment {
    let words = plain::words(text);
    // Chinese has no spaces between words.
    let run = words.concat();
    if CRISIS.is_in(&words, &run) {
        Assessment::Crisis
    } else if REFUSED.is_in(&words, &run) {
        Assessment::Refused
    } else {
        Assessment::Fine
    }
}

/// The answer to a person who may be in danger, with lines that listen, free and at any hour where not
/// said otherwise. Sources of the numbers: findahelpline.com; 988lifeline.org; samaritans.org;
/// telefon-doveria.ru and the line of psychological help of EMERCOM of Russia; the National Health
/// Commission of China (12356), shallwetalk.hk (18111), and Taiwan's Ministry of Health and Welfare (1925).
pub fn care(language: Language) -> &'static str {
    match language {
        En => {
            "I read what you wrote, and I am glad that you said it. This is heavier than a cup can carry, so I will not read one now. Please talk to someone today: a friend, someone in your family, a doctor, or a person who is there to listen. In the US, call or text 988; in the UK and Ireland, call Samaritans on 116 123; for every other country, findahelpline.com knows who answers. If you might hurt yourself, or cannot wait, call the emergency number of your country (112 in the European Union, 911 in the US, 999 in the UK) and tell them what you told me. You do not have to get through this alone."
        }
        Ru => {
            "Я прочла то, что вы написали, и хорошо, что вы это сказали. Это тяжелее, чем может вынести кофейная чашка, поэтому сейчас я не буду гадать. Пожалуйста, поговорите сегодня с кем-то: с другом, с родными, с врачом или с теми, кто готов вас выслушать. В России: 8-800-2000-122 (для детей, подростков и родителей, бесплатно) и +7 495 989-50-50 (психологи МЧС, круглосуточно). В других странах: findahelpline.com. Если вы можете причинить себе вред или ждать нет сил, позвоните по номеру экстренной помощи (в России и в Европейском союзе это 112) и скажите то же, что сказали мне. Вы не обязаны справляться с этим в одиночку."
        }
        Zh => {
            "我看到了您写的话，谢谢您愿意说出来。这件事比一只咖啡杯能承载的要重得多，所以现在我先不解读。请在今天就和人聊一聊：朋友、家人、医生，或者愿意倾听您的人。中国大陆：全国统一心理援助热线12356；香港：情绪通18111；台湾：安心专线1925；其他国家和地区：findahelpline.com。如果您可能会伤害自己，或者觉得等不下去，请马上拨打当地的紧急求助电话（中国大陆120或110，香港999，台湾119），把您对我说的话告诉他们。您不必独自承受这一切。"
        }
    }
}

/// Whether the text is only a courtesy such as thanks, in words or as a sign, and so is not a question.
pub fn is_courtesy(text: &str) -> bool {
    /// Signs of thanks. A crying face or a question mark is none.
    const SIGNS: &str = "👍👌🙏❤💛💚💙💜🤗😊🙂😍🥰😘💐🌹🔥👏✨☕";
    const SKIN: std::ops::RangeInclusive<char> = '\u{1f3fb}'..='\u{1f3ff}';
    const SAID: &[&str] = &[
        "thanks",
        "thank",
        "you",
        "very",
        "much",
        "so",
        "ok",
        "okay",
        "cool",
        "great",
        "wow",
        "bye",
        "спасибо",
        "большое",
        "огромное",
        "благодарю",
        "вам",
        "тебе",
        "ок",
        "окей",
        "хорошо",
        "понятно",
        "супер",
        "класс",
        "пока",
        "谢谢",
        "谢谢你",
        "谢谢您",
        "多谢",
        "好的",
        "好",
        "再见",
        "感谢",
    ];
    let words = plain::words(text);
    if words.is_empty() {
        let mut signs = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '\u{fe0f}' && !SKIN.contains(c))
            .peekable();
        return signs.peek().is_some() && signs.all(|sign| SIGNS.contains(sign));
    }
    words.len() <= 4 && words.iter().all(|word| SAID.contains(&word.as_str()))
}
