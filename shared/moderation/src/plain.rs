//! The plain form of a text, in which phrases are looked for: however it is typed, it is written alike.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Contractions and short spellings, and their words.
const LONG: &[(&str, &str)] = &[
    ("dont", "do not"),
    ("doesnt", "does not"),
    ("didnt", "did not"),
    ("isnt", "is not"),
    ("arent", "are not"),
    ("wasnt", "was not"),
    ("aint", "am not"),
    ("cant", "can not"),
    ("cannot", "can not"),
    ("couldnt", "could not"),
    ("shouldnt", "should not"),
    ("wouldnt", "would not"),
    ("wont", "will not"),
    ("shant", "will not"),
    ("wanna", "want to"),
    ("gonna", "going to"),
    ("gotta", "got to"),
    ("lemme", "let me"),
    ("im", "i am"),
    ("ive", "i have"),
    ("id", "i would"),
    ("ill", "i will"),
    ("theres", "there is"),
    ("whats", "what is"),
    ("lifes", "life is"),
    ("its", "it is"),
    ("theyd", "they would"),
    ("everyones", "everyone is"),
    ("u", "you"),
    ("ur", "your"),
    ("tonite", "tonight"),
    ("anymor", "anymore"),
    ("rn", "now"),
    ("tmrw", "tomorrow"),
];

/// Traditional Chinese characters of the lists, and the simplified ones.
const SIMPLIFIED: &str = "殺杀輕轻尋寻盡尽殘残傷伤劃划腕腕斷断結结離离開开個个這这無无戀恋沒没義义著着過过還还\
    樓楼橋桥燒烧藥药遺遗書书脈脉體体為为來来讓让們们厭厌煩烦難难麼么樣样覺觉對对脫脱頭头氣气與与會会時时間间\
    該该應应條条親亲愛爱車车後后兒儿彈弹製制掛挂淚泪趕赶緊紧點点陽阳臺台颱台嘆叹夠够膩腻勁劲價价讀读總总從从\
    願愿絕绝筆笔負负擔担贅赘繫系繼继續续實实產产見见永永別别醒醒壓压顆颗農农軌轨窗窗戶户閉闭濟济責责輩辈當当\
    谢谢謝谢誰谁東东壞坏處处變变連连臥卧頂顶衝冲馬马撐撑遠远請请給给動动機机問问聽听說说話话歡欢號号亂乱國国雙双孫孙\
    學学寫写幾几廢废徹彻愚愚憂忧歲岁淹淹滅灭滿满爐炉爾尔獨独現现異异痛痛盧卢碼码確确禍祸種种稱称窮穷筆笔節节\
    經经維维緒绪線线縊缢義义聖圣聲声職职腦脑舊旧蘭兰虧亏認认誤误調调買买貴贵費费資资賣卖趙赵跡迹轉转辦办邊边\
    錢钱錯错長长門门閱阅陳陈險险隨随雖虽靜静預预題题顏颜風风飛飞飯饭餓饿驚惊鬱郁鯊鲨鬼鬼麵面黃黄齊齐齒齿龍龙\
    貓猫魚鱼細细憶忆場场報报塊块墻墙嗎吗啟启喪丧單单嗰个喺在咁这樂乐標标歷历毀毁湯汤溫温準准營营燈灯牆墙狀状\
    癥症盤盘眾众禮礼紅红紙纸級级紀纪純纯練练組组織织綠绿緣缘練练縮缩繞绕罰罚羅罗習习聯联膽胆臉脸興兴莊庄萬万\
    葉叶藝艺蟲虫術术補补裝装複复規规視视觀观計计記记許许訴诉試试詩诗該该詳详誠诚誕诞談谈論论識识警警議议護护\
    讚赞贊赞質质賬账賺赚跟跟跡迹較较載载輸输輪轮農农遊游運运達达遲迟遺遗醫医釋释針针鐘钟鐵铁閃闪關关陰阴陸陆\
    際际雜杂電电霧雾頓顿順顺須须領领頻频額额願愿類类顧顾飄飘養养餘余館馆騎骑騙骗髒脏鬧闹鮮鲜鳥鸟麗丽黨党";

/// Latin letters that look like Cyrillic ones, each before its twin.
const TWINS: &str = "aаcсeеoоpрxхyуkкmмtтhнbвiі";

/// The words of a text, in lower case, without punctuation.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfd()
        // The marks of й and ё are letters' own; ё is often typed as е.
        .filter(|c| !is_combining_mark(*c) || *c == '\u{306}')
        .nfc()
        .filter(|c| !matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '＇'))
        .map(|c| if c == 'ł' { 'l' } else { c })
        .collect();
    let simple: String = folded.chars().map(simplified).collect();
    let parts = simple
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '@' | '$' | '!')))
        .map(without_digits)
        .collect::<Vec<_>>();
    let words = parts
        .iter()
        .flat_map(|part| part.split(['@', '$', '!']))
        .filter(|word| !word.is_empty())
        .map(|word| one_script(&without_runs(word)));
    spelled(words.collect())
        .iter()
        .flat_map(|word| long(word).split(' '))
        .map(str::to_owned)
        .collect()
}

/// Zero-width characters, soft hyphens, marks of direction and variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

fn simplified(c: char) -> char {
    let mut pairs = SIMPLIFIED.chars();
    while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
        if from == c {
            return to;
        }
    }
    c
}

/// Digits and signs between letters as the letters that they stand for: `su1cide`.
fn without_digits(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let letter = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphabetic() && c.len_utf8() == 1)
    };
    let between =
        |at: usize| letter(at.checked_sub(1)) && (letter(Some(at + 1)) || letter(Some(at + 2)));
    let read = |(at, c): (usize, &char)| match c {
        '0' if between(at) => 'o',
        '1' | '!' if between(at) => 'i',
        '3' if between(at) => 'e',
        '4' | '@' if between(at) => 'a',
        '5' | '$' if between(at) => 's',
        c => *c,
    };
    chars.iter().enumerate().map(read).collect()
}

/// Three and more of a letter as one, or as two where words have two: `dieee`, `killlll`.
fn without_runs(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let same = |letters: &[char]| letters.windows(2).all(|pair| pair[0] == pair[1]);
    let runs = chars.chunk_by(|a, b| a == b);
    runs.flat_map(|run| match run {
        [c, _, _, ..] if same(run) && matches!(c, 'l' | 's' | 'f') => &run[..2],
        [_, _, _, ..] if run[0].is_alphabetic() && !is_han(run[0]) => &run[..1],
        _ => run,
    })
    .collect()
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// A word of letters of two scripts in the one that most of its letters are of.
fn one_script(word: &str) -> String {
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    let cyrillic = word.chars().filter(|c| matches!(c, 'а'..='я')).count();
    if latin == 0 || cyrillic == 0 {
        return word.to_owned();
    }
    let pairs: Vec<char> = TWINS.chars().collect();
    let twin = |c: char| {
        let at = pairs.iter().position(|one| *one == c)?;
        match (at % 2, latin > cyrillic) {
            (0, false) => pairs.get(at + 1).copied(),
            (1, true) => pairs.get(at - 1).copied(),
            _ => None,
        }
    };
    word.chars().map(|c| twin(c).unwrap_or(c)).collect()
}

/// Joins letters that stand alone, three and more: `k i l l`.
fn spelled(words: Vec<String>) -> Vec<String> {
    let alone = |word: &String| word.chars().count() == 1 && !word.chars().any(is_han);
    let groups = words.chunk_by(|a, b| alone(a) && alone(b));
    groups
        .flat_map(|group| match group {
            [_, _, _, ..] => vec![group.concat()],
            few => few.to_vec(),
        })
        .collect()
}

fn long(word: &str) -> &str {
    let found = LONG.iter().find(|(short, _)| *short == word);
    found.map_or(word, |(_, long)| long)
}
