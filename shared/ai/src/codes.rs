//! The error codes of paid calls.

kernel::codes! {
    /// The daily AI budget is spent.
    AI_BUDGET_EXHAUSTED = "E506" AiBudgetExhausted [] {
        en: "The reader has done all it can for today. Please come back tomorrow.",
        ru: "На сегодня чтения закончились. Возвращайтесь завтра.",
        zh: "今天的解读已全部用完，请明天再来。",
    }
}
