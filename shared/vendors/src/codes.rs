//! The error codes of failed calls to vendors.

kernel::codes! {
    PAYMENT_PROVIDER_ERROR = "E404" PaymentProviderError [502, 503] {
        en: "Payment provider error. Please try again later.",
        ru: "Ошибка платёжной системы. Попробуйте позже.",
        zh: "支付服务出错，请稍后再试。",
    }
    AI_TIMEOUT = "E501" AiTimeout [] {
        en: "The reading took too long. Please try again.",
        ru: "Чтение заняло слишком много времени. Попробуйте ещё раз.",
        zh: "解读超时，请重试。",
    }
    AI_RATE_LIMIT = "E502" AiRateLimit [] {
        en: "The reader is very busy. Please try again in a moment.",
        ru: "Сейчас слишком много чтений. Попробуйте через минуту.",
        zh: "当前解读过多，请稍后再试。",
    }
    AI_INVALID_RESPONSE = "E503" AiInvalidResponse [] {
        en: "The reading could not be put into words. Please try again.",
        ru: "Не удалось составить чтение. Попробуйте ещё раз.",
        zh: "未能生成解读，请重试。",
    }
    NSFW_CONTENT_DETECTED = "E504" NsfwContentDetected [] by_person {
        en: "Image or text contains inappropriate content. Please send another photo or other words.",
        ru: "В изображении или словах недопустимое содержание. Пришлите, пожалуйста, другое фото или другие слова.",
        zh: "图片或文字包含不当内容。请换一张照片或换一种说法。",
    }
    /// The AI service refuses or fails in another way.
    AI_UNAVAILABLE = "E505" AiUnavailable [] {
        en: "The reader is not available. Please try again later.",
        ru: "Чтение сейчас недоступно. Попробуйте позже.",
        zh: "解读服务暂不可用，请稍后再试。",
    }
    STORAGE_ERROR = "E903" StorageError [502, 503] {
        en: "Storage error. Please try again.",
        ru: "Ошибка хранилища. Попробуйте ещё раз.",
        zh: "存储错误，请重试。",
    }
    /// Telegram could not be reached or refused.
    MESSENGER_ERROR = "E904" MessengerError [502, 503] {
        en: "Telegram could not be reached. Please try again later.",
        ru: "Не удалось связаться с Telegram. Попробуйте позже.",
        zh: "无法连接 Telegram，请稍后再试。",
    }
    /// The person has blocked the bot, or their chat is gone.
    RECIPIENT_GONE = "E906" RecipientGone [] by_person {
        en: "The bot cannot write to you. Please open it and press Start.",
        ru: "Бот не может вам написать. Откройте его, пожалуйста, и нажмите «Запустить».",
        zh: "机器人无法给您发消息。请打开机器人并点击“开始”。",
    }
    /// A letter could not be handed over.
    MAIL_ERROR = "E907" MailError [502, 503] {
        en: "E-mail could not be sent. Please try again later.",
        ru: "Не удалось отправить письмо. Попробуйте позже.",
        zh: "无法发送电子邮件，请稍后再试。",
    }
}
