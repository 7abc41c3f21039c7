//! The prompt files: all are loaded and checked before any of them is used.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::FocusArea;
use kernel::Language;

/// The longest text of a file, in bytes. A longer one would leave no room for an answer.
const TEXT_MAX: usize = 20_000;

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

/// A complete instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub text: String,
    /// As in `interpretation.ru.3+voice.1+career.2#a1b2c3d4`.
    pub version: String,
}

/// Paths of all files, relative to the folder.
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
        let mut loader = Loader {
            folder,
            faults: Vec::new(),
        };
        let prompts = Self {
            vision: loader.file("vision.md", &[]),
            ru: loader.texts(Language::Ru),
            en: loader.texts(Language::En),
            zh: loader.texts(Language::Zh),
        };
        match loader.faults.is_empty() {
            true => Ok(prompts),
            false => Err(loader.faults.join("; ")),
        }
    }

    pub(super) fn vision_instruction(&self) -> Instruction {
        let text = self.vision.text.clone();
        with_hash(text, format!("vision.{}", self.vision.version))
    }

    pub(super) fn interpretation_instruction(
        &self,
        language: Language,
        area: FocusArea,
    ) -> Instruction {
        let texts = self.of(language);
        texts.fill("interpretation", &texts.interpretation, language, area)
    }

    pub(super) fn answer_instruction(&self, language: Language, area: FocusArea) -> Instruction {
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
        with_hash(text.replace(FOCUS, &focus.text), version)
    }
}

/// Adds a hash to the version, so that two texts differ even if their editor did not raise it.
fn with_hash(text: String, version: String) -> Instruction {
    let hash = hex::encode(Sha256::digest(&text));
    let version = format!("{version}#{}", &hash[..8]);
    Instruction { text, version }
}

/// The folder of the files, and the faults found so far.
struct Loader<'a> {
    folder: &'a Path,
    faults: Vec<String>,
}

impl Loader<'_> {
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

    /// Reads one file, which must have each of these placeholders once, and no others.
    fn file(&mut self, name: &str, placeholders: &[&str]) -> File {
        let path = self.folder.join(name);
        let read = std::fs::read_to_string(&path)
            .map_err(|why| vec![format!("cannot be read: {why}")])
            .and_then(|text| parse(&text, placeholders));
        read.unwrap_or_else(|whys| {
            let path = path.display();
            let faults = whys.into_iter().map(|why| format!("{path}: {why}"));
            self.faults.extend(faults);
            File::default()
        })
    }
}

fn parse(text: &str, placeholders: &[&str]) -> Result<File, Vec<String>> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}');
    let Some((head, body)) = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
    else {
        let why = "must begin with a line ---, a line `version: 1`, and a line ---";
        return Err(vec![why.to_owned()]);
    };
    let mut faults = Vec::new();
    let version = version(head).unwrap_or_else(|why| {
        faults.push(why);
        0
    });
    let body = body.trim();
    match body.len() {
        0 => faults.push("has no text".to_owned()),
        1..=TEXT_MAX => {}
        _ => faults.push(format!("the text is longer than {TEXT_MAX} bytes")),
    }
    faults.extend(placeholder_faults(body, placeholders));
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
                    return Err("`version` must be a positive integer".to_owned());
                }
            }
            _ => return Err(format!("unknown line `{line}` before the text")),
        }
    }
    version.ok_or_else(|| "`version` is missing".to_owned())
}

/// The faults of the `{{placeholders}}` of a text.
fn placeholder_faults(body: &str, placeholders: &[&str]) -> Vec<String> {
    let mut faults: Vec<String> = placeholders
        .iter()
        .filter(|placeholder| body.matches(*placeholder).count() != 1)
        .map(|placeholder| format!("must have {placeholder} exactly once"))
        .collect();
    for rest in body.split("{{").skip(1) {
        let name = rest.split_once("}}").map(|(name, _)| name);
        let placeholder = name.map_or_else(|| "{{".to_owned(), |name| format!("{{{{{name}}}}}"));
        if !placeholders.contains(&placeholder.as_str()) {
            faults.push(format!("unknown placeholder {placeholder}"));
        }
    }
    faults
}
