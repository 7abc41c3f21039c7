//! Answers to questions about a reading.

use reader::{Focus, Language, Pattern, Question, Section, answer, notice, notice_of_words};

use crate::writing::{assert_clean, bird_and_tree, pattern};

fn ask(language: Language, words: &str, patterns: &[Pattern]) -> String {
    let question = Question {
        language,
        focus: Focus::General,
        words,
        patterns,
        sections: &[],
    };
    let reading = answer(&question);
    assert_eq!(reading, answer(&question));
    let text = reading.plain();
    assert_clean(&text, language);
    let end = match patterns {
        [] => notice_of_words(language),
        _ => notice(language),
    };
    assert!(text.ends_with(end), "{text}");
    let length = text.chars().count();
    let least = match (language, patterns) {
        (Language::Zh, []) => 90,
        (Language::Zh, _) => 120,
        (_, []) => 260,
        _ => 300,
    };
    assert!((least..=900).contains(&length), "{length}: {text}");
    text
}

#[test]
fn an_answer_takes_up_the_topic_of_the_question() {
    let sight = bird_and_tree();
    for (language, words, topic) in [
        (Language::En, "Does he love me?", &["love", "heart"][..]),
        (Language::En, "Will my career take off", &["work"]),
        (
            Language::En,
            "how about money this year",
            &["money", "figures"],
        ),
        (Language::En, "I am so tired lately", &["health", "doctor"]),
        (
            Language::En,
            "Is a trip to Spain a good idea?",
            &["journey", "elsewhere"],
        ),
        (
            Language::En,
            "What should I choose?",
            &["decision", "choosing"],
        ),
        (Language::Ru, "Любит ли он меня?", &["любви", "сердечные"]),
        (Language::Ru, "Что будет с моей работой?", &["работе"]),
        (Language::Ru, "Как у меня будет с деньгами?", &["деньгах"]),
        (Language::Ru, "Почему я так устала?", &["врач"]),
        (Language::Ru, "Ждёт ли меня переезд?", &["дороге", "Путь"]),
        (Language::Ru, "Помирюсь ли я с мамой?", &["своих", "родных"]),
        (Language::Zh, "他会和我结婚吗？", &["感情", "心里"]),
        (Language::Zh, "我的工作会怎样？", &["工作"]),
        (Language::Zh, "今年财运如何？", &["钱"]),
        (Language::Zh, "最近总是失眠", &["身心", "健康"]),
        (Language::Zh, "要不要去旅行？", &["路", "旅程"]),
    ] {
        let text = ask(language, words, &sight.patterns);
        assert!(
            topic.iter().any(|word| text.contains(word)),
            "{words}: {text}"
        );
    }
}

#[test]
fn an_answer_refers_to_the_shapes_of_the_cup() {
    let sight = bird_and_tree();
    for (language, words, sign) in [
        (
            Language::En,
            "What does the tree mean?",
            "tree on the right-hand wall",
        ),
        (Language::Ru, "Что значит дерево?", "на правой стенке"),
        (Language::Zh, "大树是什么意思？", "杯壁右侧"),
    ] {
        let text = ask(language, words, &sight.patterns);
        let tree = ["tree", "ерев", "大树"];
        assert!(tree.iter().any(|name| text.contains(name)), "{text}");
        let wall = ["right-hand wall", "на правой стенке", "杯壁右侧"];
        assert!(
            wall.iter().any(|place| text.contains(place)),
            "{sign}: {text}"
        );
    }
}

#[test]
fn a_sign_that_is_not_in_the_cup_is_looked_up_honestly() {
    let sight = bird_and_tree();
    for (language, words, name) in [
        (Language::En, "What does a dragon mean?", "dragon"),
        (Language::Ru, "Что означает дракон?", "дракона"),
        (Language::Zh, "神龙代表什么？", "龙"),
    ] {
        let text = ask(language, words, &sight.patterns);
        assert!(text.to_lowercase().contains(name), "{text}");
    }
}

#[test]
fn when_and_whether_are_answered_by_place_and_clarity() {
    let rim = [pattern("bird", "near the rim", "large dark shape", 0.8)];
    let deep = [pattern(
        "bird",
        "at the bottom of the cup",
        "small dark shape",
        0.1,
    )];
    assert!(ask(Language::En, "When will he write?", &rim).contains("days"));
    assert!(ask(Language::En, "When will he write?", &deep).contains("months"));
    assert!(ask(Language::Ru, "Когда он напишет?", &deep).contains("месяцами"));
    assert!(ask(Language::Zh, "他什么时候联系我？", &rim).contains("日子"));
    assert!(ask(Language::En, "Will it work out?", &rim).contains("towards yes"));
    assert!(!ask(Language::En, "Will it work out?", &deep).contains("towards yes"));
    assert!(ask(Language::Ru, "Получится ли у меня?", &rim).contains("«да»"));
}

#[test]
fn an_answer_without_a_cup_says_so() {
    for (language, words) in [
        (Language::En, "What now?"),
        (Language::Ru, "Что дальше?"),
        (Language::Zh, "接下来呢？"),
    ] {
        ask(language, words, &[]);
    }
    for words in ["Will I find a job?", "When does he come?", "hello"] {
        let text = ask(Language::En, words, &[]);
        assert!(
            !text.contains("the cup") && !text.contains("your cup"),
            "{text}"
        );
    }
    assert!(ask(Language::En, "I am so tired", &[]).contains("doctor"));
    let text = ask(Language::En, "What does a dragon mean?", &[]);
    assert!(text.contains("no cup of yours before me") && text.contains("dragon"));
}

#[test]
fn a_sign_whose_place_is_unknown_is_not_placed() {
    let lost = [
        pattern("bird", "", "large", 0.9),
        pattern("moon", "near the handle", "small", 0.3),
    ];
    for (language, words, doubled) in [
        (Language::En, "What does the bird mean?", " in the cup"),
        (Language::En, "Will I find a job?", " in the cup"),
        (Language::Ru, "Что значит птица?", "в чашке в чашке"),
        (Language::Ru, "Найду ли я работу?", "в чашке в чашке"),
        (Language::Zh, "飞鸟是什么意思？", "位于"),
        (Language::Zh, "我能找到工作吗？", "杯中的"),
    ] {
        let text = ask(language, words, &lost);
        assert!(!text.contains(doubled), "{text}");
    }
}

#[test]
fn an_answer_rather_says_what_the_reading_has_not_said() {
    let sight = bird_and_tree();
    let said = "News you have been waiting for may be closer than it seems.";
    let sections = [Section {
        title: "A bird".into(),
        content: said.into(),
    }];
    let question = Question {
        language: Language::En,
        focus: Focus::Relationships,
        words: "What does the bird mean?",
        patterns: &sight.patterns,
        sections: &sections,
    };
    assert!(!answer(&question).plain().contains(said));
}

#[test]
fn a_question_about_next_month_is_not_one_about_the_moon() {
    let patterns = [pattern("moon", "near the rim", "large", 0.8)];
    let text = ask(Language::Ru, "Что будет через месяц?", &patterns);
    let asked = ["Вы о знаке", "вот что это может значить"];
    assert!(!asked.iter().any(|phrase| text.contains(phrase)), "{text}");
}
