//! What a person is told whose photo was lost with a database that had to be restored.

use kernel::Language;

/// The text; it promises what holds then: the reading that was counted is lost as well.
pub fn text(language: Language) -> &'static str {
    match language {
        Language::En => {
            "☕ Something broke on our side, and your last photo was lost before it was read. Please send it \
             once more: it has not been counted."
        }
        Language::Ru => {
            "☕ У нас случился сбой, и ваше последнее фото потерялось, прежде чем его удалось прочесть. \
             Пришлите его, пожалуйста, ещё раз: в лимите оно не учтено."
        }
        Language::Zh => {
            "☕ 我们这边出了故障，您上一张照片在解读之前丢失了。请再发一次：它没有计入您的次数。"
        }
    }
}
