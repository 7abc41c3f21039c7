//! The error codes of usage.

kernel::codes! {
    /// The keys of an account have sent as many requests as its plan has for the month.
    REQUESTS_USED = "E311" RequestsUsed [429] {
        en: "The requests of this month are used up. They begin again with the next month, or with a higher plan.",
        ru: "Запросы этого месяца исчерпаны. Они появятся снова в следующем месяце или с более высоким тарифом.",
        zh: "本月的请求次数已用完，下个月或升级套餐后恢复。",
    }
}
