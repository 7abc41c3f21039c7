//! The answers to what the bot cannot read: each says what to send instead.

use kernel::Language;
use kernel::Language::{En, Ru, Zh};
use vendors::messenger::telegram_update::Content;

pub(crate) fn answer(content: Content, language: Language) -> &'static str {
    let [en, ru, zh] = match content {
        Content::Sticker => STICKER,
        Content::Voice => VOICE,
        Content::Video => VIDEO,
        Content::Location => LOCATION,
        Content::Contact => CONTACT,
        Content::UnreadableImage => UNREADABLE_IMAGE,
        Content::File => FILE,
        Content::Other => OTHER,
    };
    match language {
        En => en,
        Ru => ru,
        Zh => zh,
    }
}

const STICKER: [&str; 3] = [
    "☕ A nice one! What I read, though, are cups: send me a photo of yours, from above and in good light.",
    "☕ Симпатичный стикер! Но читаю я чашки: пришлите фото вашей — сверху и при хорошем свете.",
    "☕ 好可爱的贴纸！不过我解读的是咖啡杯：请在光线充足处从上方拍下您的杯子发给我。",
];
const VOICE: [&str; 3] = [
    "☕ I cannot listen, only read. Please write it to me, or send me a photo of your cup.",
    "☕ Слушать я не умею, только читать. Напишите мне, пожалуйста, словами или пришлите фото чашки.",
    "☕ 我听不了语音，只会阅读。请用文字写给我，或发来杯子的照片。",
];
const VIDEO: [&str; 3] = [
    "☕ I cannot read videos. Please take a photo of the cup, from above and in good light, and send me that.",
    "☕ Видео я прочитать не могу. Сделайте, пожалуйста, фото чашки — сверху и при хорошем свете — и пришлите его.",
    "☕ 我无法解读视频。请在光线充足处从上方给杯子拍张照片发给我。",
];
const LOCATION: [&str; 3] = [
    "☕ I do not need to know where you are, and I have not kept it. Send me a photo of your cup instead.",
    "☕ Мне не нужно знать, где вы находитесь, и я этого не сохраняю. Пришлите лучше фото вашей чашки.",
    "☕ 我不需要知道您的位置，也没有保存它。请把杯子的照片发给我吧。",
];
const CONTACT: [&str; 3] = [
    "☕ I do not need anyone's contact, and I have not kept it. A friend comes to me by your own link: /invite.",
    "☕ Чужие контакты мне не нужны, и я их не сохраняю. Друга можно позвать по вашей личной ссылке: /invite.",
    "☕ 我不需要任何人的联系方式，也没有保存它。想邀请朋友，请用您自己的链接：/invite。",
];
const UNREADABLE_IMAGE: [&str; 3] = [
    "☕ I cannot open this kind of image. Please send it as a photo and not as a file: then it arrives in a form that I can read.",
    "☕ Изображение такого вида я не открою. Пришлите его, пожалуйста, как фото, а не как файл: тогда оно придёт в виде, который я прочту.",
    "☕ 我打不开这种格式的图片。请以照片而不是文件的方式发送，这样我就能读取了。",
];
const FILE: [&str; 3] = [
    "☕ I cannot read from this file. Send me a photo of your cup: as a photo, or as a JPEG, PNG or WebP file.",
    "☕ Такой файл я прочитать не могу. Пришлите фото чашки: просто как фото или файлом JPEG, PNG или WebP.",
    "☕ 我无法解读这个文件。请发来杯子的照片：直接发照片，或发送 JPEG、PNG、WebP 文件。",
];
const OTHER: [&str; 3] = [
    "☕ This I cannot read. Send me a photo of your cup, from above and in good light, or write to me in words.",
    "☕ Этого я прочесть не могу. Пришлите фото чашки — сверху и при хорошем свете — или напишите словами.",
    "☕ 这个我读不了。请在光线充足处从上方拍下杯子发给我，或用文字写给我。",
];
