//! Moderates what people write before a model is asked for an answer. Pure functions.
//!
//! The lists are short on purpose. They cover what must not depend on a model: a person who may
//! harm themselves gets a caring answer, and a few kinds of requests are refused. The model judges
//! everything else (`appropriate` in its answer).

mod phrases;

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use phrases::{CRISIS, CRISIS_ZH, Phrase, REFUSED, REFUSED_ZH};

/// What to do with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// Process it.
    Fine,
    /// The person may be in danger: answer with [`care`] and nothing else.
    Crisis,
    /// Refuse it.
    Refused,
}

/// Moderates a text of a person, in any supported language.
pub fn assess(text: &str) -> Assessment {
    let words = words(text);
    let any = |phrases: &[Phrase]| phrases.iter().any(|phrase| phrase.is_in(&words));
    // Chinese has no spaces between words.
    let run: String = words.concat();
    let any_of = |parts: &[(&str, &[&str])]| {
        parts.iter().any(|(part, unless)| {
            let mut rest = run.clone();
            unless
                .iter()
                .for_each(|part| rest = rest.replace(part, " "));
            rest.contains(part)
        })
    };
    if any(CRISIS) || any_of(CRISIS_ZH) {
        Assessment::Crisis
    } else if any(REFUSED) || any_of(REFUSED_ZH) {
        Assessment::Refused
    } else {
        Assessment::Fine
    }
}

/// The answer to a person who may be in danger. The only telephone number in it is 112, the emergency
/// number of the European Union and of Russia.
pub fn care(language: Language) -> &'static str {
    match language {
        En => {
            "I read what you wrote, and I am glad that you said it. This is heavier than a cup can carry, so I will not read one now. Please talk to someone near you today: a friend, somebody in your family, a doctor. If you might hurt yourself, or cannot wait, call the emergency number of your country (in the European Union it is 112) and tell them what you told me. You do not have to get through this alone."
        }
        Ru => {
            "Я прочла то, что вы написали, и хорошо, что вы это сказали. Это тяжелее, чем может вынести кофейная чашка, поэтому сейчас я не буду гадать. Пожалуйста, поговорите сегодня с кем-то, кто рядом: с другом, с родными, с врачом. Если вы можете причинить себе вред или ждать нет сил, позвоните по номеру экстренной помощи (в России и в Европейском союзе это 112) и скажите то же, что сказали мне. Вы не обязаны справляться с этим в одиночку."
        }
        Zh => {
            "我看到了您写的话，谢谢您愿意说出来。这件事比一只咖啡杯能承载的要重得多，所以现在我先不解读。请在今天就和身边的人聊一聊：朋友、家人，或者医生。如果您可能会伤害自己，或者觉得等不下去，请马上拨打当地的紧急求助电话，把您对我说的话告诉他们。您不必独自承受这一切。"
        }
    }
}

/// Whether the text is only a courtesy such as thanks, or has no words, and so is not a question.
pub fn is_courtesy(text: &str) -> bool {
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
    let words = words(text);
    words.len() <= 4 && words.iter().all(|word| SAID.contains(&word.as_str()))
}

/// The words of a text, in lower case, without punctuation.
fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .chars()
        .filter(|c| {
            !matches!(
                c,
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
            )
        })
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'ё' => 'е',
            '’' | 'ʼ' | '`' => '\'',
            c if c.is_alphanumeric() || c == '\'' => c,
            _ => ' ',
        })
        .collect();
    let words = plain.split_whitespace().map(|word| word.trim_matches('\''));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
