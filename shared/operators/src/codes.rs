//! The error codes of operators and of what they switch.

kernel::codes! {
    /// The operator's session has no second factor, or one that was shown more than 12 hours ago.
    OPERATOR_FACTOR_REQUIRED = "E216" OperatorFactorRequired [403] {
        en: "Please confirm with your second factor first.",
        ru: "Сначала подтвердите вход вторым фактором.",
        zh: "请先使用第二重验证进行确认。",
    }
    /// Operators have closed the sign-up (`sign_up_open`).
    SIGN_UP_CLOSED = "E217" SignUpClosed [403] {
        en: "New accounts cannot be made at the moment. Please come back later.",
        ru: "Сейчас новые аккаунты не создаются. Пожалуйста, зайдите позже.",
        zh: "目前暂停注册新账号，请稍后再来。",
    }
    /// Operators have paused readings (`readings_open`).
    READINGS_PAUSED = "E318" ReadingsPaused [503] {
        en: "New readings are paused for a while. Please come back later.",
        ru: "Новые чтения на время приостановлены. Пожалуйста, зайдите позже.",
        zh: "新的解读暂时停止，请稍后再来。",
    }
    /// There would be no operator left who makes operators.
    LAST_ADMIN = "E612" LastAdmin [409] {
        en: "This is the last administrator: make another one first.",
        ru: "Это последний администратор: сначала назначьте другого.",
        zh: "这是最后一位管理员：请先指定另一位。",
    }
}
