//! The error codes of people.

kernel::codes! {
    /// The person has not agreed to the terms of use and the privacy policy as they are now.
    CONSENT_REQUIRED = "E205" ConsentRequired [403] {
        en: "Please agree to the terms of use and the privacy policy first: press the button in the bot's chat, or use the settings of the app.",
        ru: "Сначала примите условия использования и политику конфиденциальности: нажмите кнопку в чате с ботом или откройте настройки приложения.",
        zh: "请先同意使用条款和隐私政策：点击机器人聊天中的按钮，或在应用设置中同意。",
    }
}
