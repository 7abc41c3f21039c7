//! `.env.example`: every setting of every program, with what an operator has to know about it.

use std::fmt::Write;

use kernel::env::{Section, Setting, Unset};

/// The widest line of a comment.
const WIDTH: usize = 100;

/// The whole file, from the sections of all programs. `rest` is the end: what is read by no program of
/// the product.
pub fn example<'a>(sections: impl IntoIterator<Item = &'a Section>, rest: &str) -> String {
    let mut file = String::from(HEAD);
    for Section { title, settings } in sections {
        // Writing to a String cannot fail.
        let _ = writeln!(file, "\n{:-<WIDTH$}", format!("# --- {title} "));
        for setting in *settings {
            file.push_str(&comment(setting));
            let _ = writeln!(file, "#{}={}", setting.name, setting.shown());
        }
    }
    file + "\n" + rest
}

fn comment(setting: &Setting) -> String {
    let mut text = setting.help.to_owned();
    if let Unset::Fault(_) = setting.unset {
        text += " Required.";
    }
    if setting.secret {
        text += " Secret.";
    }
    let spellings = setting
        .spellings
        .iter()
        .map(|spelling| match spelling.form {
            "" => spelling.name.to_owned(),
            form => format!("{} ({form})", spelling.name),
        });
    let spellings: Vec<String> = spellings.collect();
    if !spellings.is_empty() {
        text += &format!(" Also read: {}.", spellings.join(", "));
    }
    wrapped(&text)
}

/// The words in lines of a comment.
fn wrapped(text: &str) -> String {
    let (mut lines, mut width) = (String::from("#"), 1);
    for word in text.split_whitespace() {
        let letters = word.chars().count() + 1;
        if width + letters > WIDTH {
            lines.push_str("\n#");
            width = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        width += letters;
    }
    lines + "\n"
}

const HEAD: &str = "\
# Every variable of Symancy. Made by `make docs`, from the settings that the code declares and, at the
# end, from deploy/local/env.example; do not edit.
#
# A copy of this file as `.env` changes nothing, because each line is commented out. Uncomment what you
# want to change. What is set in the environment wins over `.env`. An empty value counts as not set.
#
# A line shows the default. Where the comment says \"Required\" or \"Not set\", there is none, and the line
# shows an example. `make run` sets what leads outside (Telegram, AI, bank, bucket) and the keys to the
# sandbox and its own (deploy/local/world.sh). Of a variable and another name for it (\"Also read\") the
# variable wins.
#
# A variable that is called \"Secret\" may be left out, and a file hold the value: NAME_FILE is the file's path
# (ADMIN_KEY_FILE=/run/secrets/admin_key). Both at once are a fault. docs/SECRETS.md says how each is rotated.
";

#[cfg(test)]
mod tests {
    use kernel::env::Spelling;

    use super::*;

    #[test]
    fn a_comment_says_all_that_is_declared() {
        const SETTING: Setting = Setting::required("KEY", "x", "A key.")
            .secret()
            .also(&[Spelling::same("A"), Spelling::same("B")]);
        assert_eq!(
            comment(&SETTING),
            "# A key. Required. Secret. Also read: A, B.\n"
        );
    }

    #[test]
    fn a_long_comment_is_several_lines() {
        let text = wrapped(&"word ".repeat(40));
        assert_eq!(text.matches("word").count(), 40);
        for line in text.lines() {
            assert!(line.starts_with("# word") && line.len() <= WIDTH, "{line}");
        }
    }
}
