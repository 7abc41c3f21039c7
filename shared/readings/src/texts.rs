//! The texts around a reading, in three languages. Telegram HTML, except for [`caring`], which is a
//! reading itself.

use crate::model::Reading;
use delivery::html::escape;
use kernel::ErrorCode;
use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// "Your cup is being read."
pub fn announcement(language: Language) -> &'static str {
    match language {
        En => "🔮 Analysis started. I am looking into your cup…",
        Ru => "🔮 Анализ начат. Смотрю в вашу чашку…",
        Zh => "🔮 分析已开始。我正在看您的杯子……",
    }
}

/// The reading takes longer than the person expects.
pub fn delay(language: Language) -> &'static str {
    match language {
        En => {
            "⏳ It takes longer than usual. You need not do anything: the answer comes by itself."
        }
        Ru => {
            "⏳ Это занимает больше времени, чем обычно. Ничего делать не нужно: ответ придёт сам."
        }
        Zh => "⏳ 这次需要的时间比平时长。您无需任何操作，结果会自动发给您。",
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

/// The caring answer of moderation to a person in danger, as a reading.
pub fn caring(language: Language) -> Reading {
    Reading {
        intro: moderation::care(language).to_owned(),
        sections: Vec::new(),
    }
}
