//! The error codes of readings.

kernel::codes! {
    INVALID_IMAGE_FORMAT = "E101" InvalidImageFormat [400] by_person {
        en: "Invalid image format. Please upload a JPEG, PNG or WebP photo.",
        ru: "Не получилось прочитать изображение. Пришлите фото в формате JPEG, PNG или WebP.",
        zh: "图片格式无效。请上传 JPEG、PNG 或 WebP 照片。",
    }
    IMAGE_TOO_LARGE = "E102" ImageTooLarge [400] by_person {
        en: "Image is too large. Maximum size is 15 MB and 50 megapixels.",
        ru: "Изображение слишком большое. Предел — 15 МБ и 50 мегапикселей.",
        zh: "图片过大。最大 15 MB、5000 万像素。",
    }
    INVALID_FOCUS_AREA = "E103" InvalidFocusArea [400] {
        en: "Invalid focus area. Choose: wellbeing, career, relationships or general.",
        ru: "Неизвестная тема. Выберите: wellbeing, career, relationships или general.",
        zh: "关注领域无效。请选择 wellbeing、career、relationships 或 general。",
    }
    /// The photo shows no coffee cup.
    NOT_A_CUP = "E109" NotACup [] by_person {
        en: "I cannot see a coffee cup in this photo. Please take another one: from above, in good light, with the grounds in full view.",
        ru: "На этом фото не видно кофейной чашки. Снимите, пожалуйста, ещё раз: сверху, при хорошем свете, чтобы гуща была видна целиком.",
        zh: "这张照片里看不到咖啡杯。请在光线充足处从上方再拍一张，让杯底的咖啡渣清晰可见。",
    }
    /// A photo as iPhones store it (HEIC or AVIF), which the product cannot read yet.
    HEIC_PHOTO = "E110" HeicPhoto [400] by_person {
        en: "This photo is a HEIC or AVIF file, which we cannot read yet. Please send it as JPEG: in Telegram, as a photo and not as a file.",
        ru: "Это фото в формате HEIC или AVIF, мы пока не умеем его читать. Пришлите его как JPEG: в Telegram — как фото, а не файлом.",
        zh: "这张照片是 HEIC 或 AVIF 格式，我们暂时无法读取。请以 JPEG 格式发送：在 Telegram 中请作为照片而不是文件发送。",
    }
    /// The photo broke on its way: its end is missing.
    INCOMPLETE_PHOTO = "E111" IncompletePhoto [400] by_person {
        en: "The photo arrived incomplete. Please send it again.",
        ru: "Фото дошло не полностью. Пришлите его, пожалуйста, ещё раз.",
        zh: "照片没有完整传到。请重新发送一次。",
    }
}
