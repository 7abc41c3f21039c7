//! Names of symbols in the forms that sentences need.

/// Grammatical gender or number, for agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// Masculine, and every singular of English and Chinese.
    M,
    /// Feminine.
    F,
    /// Neuter.
    N,
    /// Plural.
    P,
}

/// A name. Chinese has one form, English two, Russian three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noun {
    /// Nominative, small letters, no article.
    pub name: String,
    /// As something met for the first time: "a bird", "птица", "一只飞鸟".
    pub one: String,
    /// As something known: "the bird", "птица", "飞鸟".
    pub known: String,
    /// Russian genitive and accusative; elsewhere the known form.
    pub cases: [String; 2],
    /// For agreement.
    pub gender: Gender,
}

impl Noun {
    /// From "a bird", "an owl" or "wings".
    pub fn english(words: &str) -> Self {
        let name = words
            .strip_prefix("a ")
            .or_else(|| words.strip_prefix("an "));
        let gender = if name.is_some() { Gender::M } else { Gender::P };
        let name = name.unwrap_or(words).to_owned();
        let known = format!("the {name}");
        Self {
            one: words.to_owned(),
            cases: [known.clone(), known.clone()],
            known,
            name,
            gender,
        }
    }

    /// From "птица f птицы птицу"; an underscore is a space.
    pub fn russian(fields: &str) -> Option<Self> {
        let fields: Vec<String> = fields
            .split_whitespace()
            .map(|word| word.replace('_', " "))
            .collect();
        let [name, gender, genitive, accusative] = &fields[..] else {
            return None;
        };
        let gender = match gender.as_str() {
            "m" => Gender::M,
            "f" => Gender::F,
            "n" => Gender::N,
            "p" => Gender::P,
            _ => return None,
        };
        Some(Self {
            one: name.clone(),
            known: name.clone(),
            cases: [genitive.clone(), accusative.clone()],
            name: name.clone(),
            gender,
        })
    }

    /// From "只 飞鸟", measure word first.
    pub fn chinese(fields: &str) -> Option<Self> {
        let (measure, name) = fields.trim().split_once(' ')?;
        let known = name.to_owned();
        Some(Self {
            one: format!("一{measure}{name}"),
            cases: [known.clone(), known.clone()],
            name: known.clone(),
            known,
            gender: Gender::M,
        })
    }
}
