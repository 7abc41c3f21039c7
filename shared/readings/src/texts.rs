//! The texts around a reading, in three languages. Telegram HTML, except for [`caring`], which is a
//! reading itself.

use crate::model::Reading;
use delivery::html::escape;
use kernel::ErrorCode;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// The reading takes longer than the person expects: so many whole minutes by now.
pub fn delay(minutes: i64, language: Language) -> String {
    let lead = match language {
        En => {
            "⏳ It takes longer than usual. You need not do anything: the answer comes by itself."
        }
        Ru => {
            "⏳ Это занимает больше времени, чем обычно. Ничего делать не нужно: ответ придёт сам."
        }
        Zh => "⏳ 这次需要的时间比平时长。您无需任何操作，结果会自动发给您。",
    };
    let waited = match language {
        _ if minutes < 1 => return lead.to_owned(),
        En => format!("You have been waiting for {minutes} min, and I keep at it."),
        Ru => format!("Вы ждёте уже {minutes} мин, я продолжаю."),
        Zh => format!("您已经等了 {minutes} 分钟，我还在继续。"),
    };
    format!("{lead} {waited}")
}

/// Words that wait for a reading which has failed.
pub fn words_wait(language: Language) -> &'static str {
    match language {
        En => "I have kept your question, and answer it with your next photo.",
        Ru => "Ваш вопрос я сохранила и отвечу на него по следующему фото.",
        Zh => "您的问题我记下了，会结合下一张照片回答。",
    }
}

/// The text of a message slot until it is edited into the reading.
pub fn slot(language: Language) -> &'static str {
    match language {
        En => "☕ Here it is.",
        Ru => "☕ Вот что говорит чашка.",
        Zh => "☕ 这就为您呈上。",
    }
}

/// The reason of a failure.
pub fn failure(code: ErrorCode, language: Language) -> String {
    let lead = match language {
        En => "😔 This time the cup stays silent.",
        Ru => "😔 В этот раз чашка промолчала.",
        Zh => "😔 这一次，杯子没有说话。",
    };
    format!("{lead}\n{}", escape(code.message(language)))
}

/// Why a failed reading counts all the same, if it does: its unit was not given back.
pub fn unit_kept(unit_returned: bool, language: Language) -> Option<&'static str> {
    (!unit_returned).then_some(match language {
        En => "This one counts against your plan: three such tries a day are free, and today's are used up.",
        Ru => "Эта попытка учтена в вашем тарифе: бесплатны три такие попытки в день, и сегодня они уже были.",
        Zh => "本次将计入您的套餐：每天有三次此类尝试不计次数，今天的已用完。",
    })
}

/// What stands beneath the picture of a reading that a person sends to others. Plain text.
pub fn shared(language: Language) -> &'static str {
    match language {
        En => "☕ This is what my cup had to say. What does yours say?",
        Ru => "☕ Вот что рассказала моя чашка. А что расскажет твоя?",
        Zh => "☕ 这是我的咖啡杯说的话。你的杯子会说什么呢？",
    }
}

/// The button beneath it: to the bot.
pub fn read_mine(language: Language) -> &'static str {
    match language {
        En => "🔮 Read my cup",
        Ru => "🔮 Погадать на моей чашке",
        Zh => "🔮 解读我的杯子",
    }
}

/// The caring answer of moderation to a person in danger, as a reading.
pub fn caring(language: Language) -> Reading {
    Reading {
        intro: moderation::care(language).to_owned(),
        sections: Vec::new(),
    }
}
