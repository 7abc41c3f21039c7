//! The prompt files: read all together, and checked before anybody is asked by them.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::FocusArea;
use kernel::Language;

/// The longest text of a file, in bytes. More would leave no room for an answer.
const LONGEST: usize = 20_000;

const VOICE: &str = "{{voice}}";
const FOCUS: &str = "{{focus}}";

/// Every prompt of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompts {
    vision: File,
    ru: Texts,
    en: Texts,
    zh: Texts,
}

/// The prompts of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Texts {
    voice: File,
    interpretation: File,
    answer: File,
    general: File,
    wellbeing: File,
    career: File,
    relationships: File,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct File {
    version: u32,
    text: String,
}

/// A finished instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub text: String,
    /// As in `interpretation.ru.3+voice.1+career.2#a1b2c3d4`.
    pub version: String,
}

/// Paths of all files below the folder.
pub(super) fn names() -> Vec<String> {
    let mut names = vec!["vision.md".to_owned()];
    for language in Language::ALL {
        let code = language.code();
        names.extend(["voice", "interpretation", "answer"].map(|step| format!("{step}/{code}.md")));
        names.extend(FocusArea::ALL.iter().map(|area| focus(*area, language)));
    }
    names
}

fn focus(area: FocusArea, language: Language) -> String {
    let (area, code) = (area.as_str(), language.code());
    format!("interpretation/focus/{area}.{code}.md")
}

impl Prompts {
    /// Reads and checks the files of a folder.
    ///
    /// # Errors
    /// Every fault, each with its file.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let mut shelf = Shelf {
            folder,
            faults: Vec::new(),
        };
        let prompts = Self {
            vision: shelf.file("vision.md", &[]),
            ru: shelf.texts(Language::Ru),
            en: shelf.texts(Language::En),
            zh: shelf.texts(Language::Zh),
        };
        match shelf.faults.is_empty() {
            true => Ok(prompts),
            false => Err(shelf.faults.join("; ")),
        }
    }

    pub(super) fn to_see(&self) -> Instruction {
        let text = self.vision.text.clone();
        finished(text, format!("vision.{}", self.vision.version))
    }

    pub(super) fn to_read(&self, language: Language, area: FocusArea) -> Instruction {
        let texts = self.of(language);
        texts.fill("interpretation", &texts.interpretation, language, area)
    }

    pub(super) fn to_answer(&self, language: Language, area: FocusArea) -> Instruction {
        let texts = self.of(language);
        texts.fill("answer", &texts.answer, language, area)
    }

    fn of(&self, language: Language) -> &Texts {
        match language {
            Language::Ru => &self.ru,
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

impl Texts {
    fn fill(&self, step: &str, task: &File, language: Language, area: FocusArea) -> Instruction {
        let focus = match area {
            FocusArea::General => &self.general,
            FocusArea::Wellbeing => &self.wellbeing,
            FocusArea::Career => &self.career,
            FocusArea::Relationships => &self.relationships,
        };
        let text = task.text.replace(VOICE, &self.voice.text);
        let version = format!(
            "{step}.{}.{}+voice.{}+{}.{}",
            language.code(),
            task.version,
            self.voice.version,
            area.as_str(),
            focus.version
        );
        finished(text.replace(FOCUS, &focus.text), version)
    }
}

/// The hash tells two texts apart also where the version was not raised.
fn finished(text: String, version: String) -> Instruction {
    let hash = hex::encode(Sha256::digest(&text));
    let version = format!("{version}#{}", &hash[..8]);
    Instruction { text, version }
}

/// Where files are taken from, and what was wrong with them so far.
struct Shelf<'a> {
    folder: &'a Path,
    faults: Vec<String>,
}

impl Shelf<'_> {
    fn texts(&mut self, language: Language) -> Texts {
        let code = language.code();
        Texts {
            voice: self.file(&format!("voice/{code}.md"), &[]),
            interpretation: self.file(&format!("interpretation/{code}.md"), &[VOICE, FOCUS]),
            answer: self.file(&format!("answer/{code}.md"), &[VOICE, FOCUS]),
            general: self.file(&focus(FocusArea::General, language), &[]),
            wellbeing: self.file(&focus(FocusArea::Wellbeing, language), &[]),
            career: self.file(&focus(FocusArea::Career, language), &[]),
            relationships: self.file(&focus(FocusArea::Relationships, language), &[]),
        }
    }

    /// One file, which must have each of these places once, and no others.
    fn file(&mut self, name: &str, places: &[&str]) -> File {
        let path = self.folder.join(name);
        let read = std::fs::read_to_string(&path)
            .map_err(|why| vec![format!("it cannot be read: {why}")])
            .and_then(|text| parse(&text, places));
        read.unwrap_or_else(|whys| {
            let path = path.display();
            let told = whys.into_iter().map(|why| format!("{path}: {why}"));
            self.faults.extend(told);
            File::default()
        })
    }
}

fn parse(text: &str, places: &[&str]) -> Result<File, Vec<String>> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}');
    let Some((head, body)) = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
    else {
        let why = "it must begin with a line ---, a line `version: 1`, and a line ---";
        return Err(vec![why.to_owned()]);
    };
    let mut faults = Vec::new();
    let version = version(head).unwrap_or_else(|why| {
        faults.push(why);
        0
    });
    let body = body.trim();
    match body.len() {
        0 => faults.push("it has no text".to_owned()),
        1..=LONGEST => {}
        _ => faults.push(format!("its text is longer than {LONGEST} bytes")),
    }
    faults.extend(misplaced(body, places));
    match faults.is_empty() {
        true => Ok(File {
            version,
            text: body.to_owned(),
        }),
        false => Err(faults),
    }
}

fn version(head: &str) -> Result<u32, String> {
    let mut version = None;
    for line in head.lines().filter(|line| !line.trim().is_empty()) {
        match line.split_once(':') {
            Some((name, value)) if name.trim() == "version" && version.is_none() => {
                version = value.trim().parse().ok().filter(|version| *version > 0);
                if version.is_none() {
                    return Err("`version` must be a number from 1".to_owned());
                }
            }
            _ => return Err(format!("`{line}` is not known before the text")),
        }
    }
    version.ok_or_else(|| "it has no `version`".to_owned())
}

/// What is wrong with the `{{places}}` of a text.
fn misplaced(body: &str, places: &[&str]) -> Vec<String> {
    let mut faults: Vec<String> = places
        .iter()
        .filter(|place| body.matches(*place).count() != 1)
        .map(|place| format!("it must have {place} once"))
        .collect();
    for rest in body.split("{{").skip(1) {
        let name = rest.split_once("}}").map(|(name, _)| name);
        let place = name.map_or_else(|| "{{".to_owned(), |name| format!("{{{{{name}}}}}"));
        if !places.contains(&place.as_str()) {
            faults.push(format!("unknown placeholder {place}"));
        }
    }
    faults
}
