//! Readings and answers to read aloud: a photo and drawn cups, three languages. Run while the
//! phrase books are worked on.

use reader::{Focus, Language, Pattern, Question, Sight, Task, UnsafeContent, answer, read};

fn cup(list: &[(&str, &str, &str, f64)]) -> Sight {
    let patterns = list
        .iter()
        .map(|(symbol, place, shape, confidence)| Pattern {
            symbol: (*symbol).into(),
            place: (*place).into(),
            shape: (*shape).into(),
            confidence: *confidence,
        });
    Sight {
        is_cup: true,
        unsafe_content: UnsafeContent::None,
        summary: String::new(),
        patterns: patterns.collect(),
    }
}

fn main() {
    let cups = [
        cup(&[
            (
                "bird",
                "near the rim, upper left",
                "large oval curved dark shape leaning",
                0.7,
            ),
            (
                "bridge",
                "on the wall, on the right",
                "medium long curved dark shape lying level with a light opening",
                0.4,
            ),
            (
                "acorn",
                "at the bottom of the cup",
                "small round smooth dark shape",
                0.2,
            ),
        ]),
        cup(&[
            (
                "scales",
                "on the wall, on the left",
                "medium oval branching dark shape",
                0.55,
            ),
            (
                "hourglass",
                "on the wall, lower left",
                "small long curved light clearing standing upright",
                0.3,
            ),
            (
                "lion",
                "near the rim, at the upper side",
                "large round curved dark shape",
                0.25,
            ),
            ("gryphon", "elsewhere", "something", 0.1),
        ]),
    ];
    let focuses = [
        Focus::General,
        Focus::Career,
        Focus::Relationships,
        Focus::Wellbeing,
    ];
    let earlier = ["bird".to_owned(), "moon".to_owned()];
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for (language, code, questions) in [
        (
            Language::En,
            "en",
            [
                "Will he come back to me?",
                "What does the bird mean?",
                "When will I find a new job?",
                "Should I move abroad?",
                "What about the dragon sign?",
                "hello",
            ],
        ),
        (
            Language::Ru,
            "ru",
            [
                "Вернётся ли он ко мне?",
                "Что значит птица?",
                "Когда я найду новую работу?",
                "Стоит ли переезжать в другую страну?",
                "Что означает дракон?",
                "привет",
            ],
        ),
        (
            Language::Zh,
            "zh",
            [
                "他会回到我身边吗？我们会复合吗？",
                "飞鸟是什么意思？",
                "我什么时候能找到新工作？",
                "我该不该出国？",
                "神龙代表什么？",
                "你好",
            ],
        ),
    ] {
        if !wanted.is_empty() && wanted != code {
            continue;
        }
        for (at, sight) in cups.iter().enumerate() {
            for (n, focus) in focuses.iter().enumerate() {
                let words = (n == 1).then_some(questions[2]);
                let task = Task {
                    language,
                    focus: *focus,
                    sight: Some(sight),
                    words,
                    earlier: if n == 2 { &earlier } else { &[] },
                };
                let reading = read(&task);
                let text = reading.plain();
                println!(
                    "=== {code} cup {at} {focus:?} ({} characters)\n{text}\n",
                    text.chars().count()
                );
            }
        }
        for words in questions {
            let question = Question {
                language,
                focus: Focus::General,
                words,
                patterns: &cups[0].patterns,
                sections: &[],
            };
            let text = answer(&question).plain();
            println!("--- {words} ({})\n{text}\n", text.chars().count());
        }
        let task = Task {
            language,
            focus: Focus::General,
            sight: None,
            words: Some(questions[1]),
            earlier: &[],
        };
        println!("--- told\n{}\n", read(&task).plain());
        let task = Task {
            language,
            focus: Focus::Career,
            sight: None,
            words: Some(questions[2]),
            earlier: &[],
        };
        println!("--- drawn\n{}\n", read(&task).plain());
    }
}
