//! Words that ask for what a command does, and are no question about a reading. Pure.

use serde::{Deserialize, Serialize};

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// To go back: `/cancel`.
    Cancel,
    /// To know what is left of the plan: `/plans`.
    Left,
    /// To have their data deleted: `/delete`.
    Delete,
}

/// Whole messages, in small letters and without punctuation. What has more words may be a question.
const WISHES: [(Wish, &[&str]); 3] = [
    (
        Wish::Cancel,
        &[
            "cancel",
            "stop",
            "never mind",
            "nevermind",
            "cancel it",
            "cancel that",
            "отмена",
            "отмени",
            "отменить",
            "отмените",
            "стоп",
            "не надо",
            "取消",
            "算了",
            "不用了",
            "停止",
        ],
    ),
    (
        Wish::Left,
        &[
            "how many are left",
            "how many left",
            "how many readings are left",
            "how many readings do i have left",
            "how many do i have left",
            "what is left",
            "my limit",
            "limits",
            "сколько осталось",
            "сколько у меня осталось",
            "сколько ещё осталось",
            "сколько еще осталось",
            "сколько осталось чтений",
            "сколько осталось гаданий",
            "лимит",
            "лимиты",
            "还剩几次",
            "还剩多少次",
            "我还剩几次",
            "还有几次",
            "剩余次数",
        ],
    ),
    (
        Wish::Delete,
        &[
            "delete my data",
            "delete all my data",
            "delete my account",
            "delete me",
            "erase my data",
            "remove my data",
            "удали мои данные",
            "удалите мои данные",
            "удалить мои данные",
            "удалите все мои данные",
            "удалить аккаунт",
            "удалите меня",
            "删除我的数据",
            "删除我的资料",
            "删除数据",
            "删除账号",
            "注销账号",
        ],
    ),
];

/// What a message asks for, if that is something for a command.
pub fn wish(text: &str) -> Option<Wish> {
    const COURTEOUS: [&str; 4] = ["please", "пожалуйста", "请", "pls"];
    let small = text.to_lowercase();
    let words = small.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    let words: Vec<&str> = words
        .filter(|word| !word.is_empty() && !COURTEOUS.contains(word))
        .collect();
    let said = words.join(" ");
    let said = said.strip_prefix('请').unwrap_or(&said);
    let found = WISHES.iter().find(|(_, texts)| texts.contains(&said));
    found.map(|(wish, _)| *wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_understood_however_they_are_written() {
        for (text, found) in [
            ("Cancel", Some(Wish::Cancel)),
            ("Отмена!", Some(Wish::Cancel)),
            ("取消。", Some(Wish::Cancel)),
            ("How many are left?", Some(Wish::Left)),
            ("Сколько осталось?", Some(Wish::Left)),
            ("还剩几次？", Some(Wish::Left)),
            ("Please, delete my data.", Some(Wish::Delete)),
            ("удалите мои данные, пожалуйста", Some(Wish::Delete)),
            ("请删除我的数据", Some(Wish::Delete)),
            ("Should I cancel the wedding?", None),
            ("Сколько мне осталось ждать?", None),
            ("", None),
        ] {
            assert_eq!(wish(text), found, "{text}");
        }
    }
}
