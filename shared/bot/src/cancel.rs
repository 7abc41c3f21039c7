//! The answers to `/cancel`.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};

/// A reading was cancelled before anything was done for it.
pub(crate) fn cancelled(language: Language) -> &'static str {
    match language {
        En => {
            "☕ Cancelled: this cup is not read, and it does not count. Send me another photo whenever you like."
        }
        Ru => {
            "☕ Отменено: эта чашка не будет прочитана и не засчитана. Пришлите другое фото, когда захотите."
        }
        Zh => "☕ 已取消：这只杯子不再解读，也不计次数。您随时可以发来另一张照片。",
    }
}

/// It is being read, and cannot be stopped any more.
pub(crate) fn too_late(language: Language) -> &'static str {
    match language {
        En => {
            "☕ Your cup is being read already, so this can no longer be stopped. The reading comes in a moment."
        }
        Ru => "☕ Я уже читаю вашу чашку, и остановиться не могу. Чтение придёт совсем скоро.",
        Zh => "☕ 您的杯子已经在解读中，无法再取消。解读很快就会送到。",
    }
}

/// What was expected of the person, or a photo that has waited for their consent, is dropped.
pub(crate) fn dropped(language: Language) -> &'static str {
    match language {
        En => "☕ All right, we leave that. Send me a photo of your cup whenever you like.",
        Ru => "☕ Хорошо, оставим это. Пришлите фото чашки, когда захотите.",
        Zh => "☕ 好的，就此作罢。您随时可以发来杯子的照片。",
    }
}

pub(crate) fn nothing(language: Language) -> &'static str {
    match language {
        En => {
            "☕ There is nothing to cancel right now. Send me a photo of your cup whenever you like."
        }
        Ru => "☕ Сейчас отменять нечего. Пришлите фото чашки, когда захотите.",
        Zh => "☕ 目前没有可以取消的内容。您随时可以发来杯子的照片。",
    }
}
