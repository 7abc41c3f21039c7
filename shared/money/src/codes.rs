//! The error codes of plans and payments.

kernel::codes! {
    DAILY_LIMIT_EXCEEDED = "E301" DailyLimitExceeded [402] {
        en: "Daily limit exceeded. Upgrade to continue.",
        ru: "Дневной лимит исчерпан. Перейдите на другой тариф, чтобы продолжить.",
        zh: "已超出每日次数。升级后可继续。",
    }
    MONTHLY_LIMIT_EXCEEDED = "E302" MonthlyLimitExceeded [402] {
        en: "Monthly limit exceeded. Upgrade your plan.",
        ru: "Месячный лимит исчерпан. Перейдите на другой тариф.",
        zh: "已超出每月次数。请升级套餐。",
    }
    TRIAL_EXPIRED = "E303" TrialExpired [402] {
        en: "Trial period has ended. Subscribe to continue.",
        ru: "Пробный период закончился. Оформите подписку, чтобы продолжить.",
        zh: "试用期已结束。订阅后可继续。",
    }
    PAYMENT_FAILED = "E401" PaymentFailed [] {
        en: "Payment failed. Please try again.",
        ru: "Платёж не прошёл. Попробуйте ещё раз.",
        zh: "付款失败，请重试。",
    }
    PAYMENT_CANCELED = "E402" PaymentCanceled [] {
        en: "Payment was canceled.",
        ru: "Платёж отменён.",
        zh: "付款已取消。",
    }
    INSUFFICIENT_FUNDS = "E403" InsufficientFunds [] {
        en: "Insufficient funds.",
        ru: "Недостаточно средств.",
        zh: "余额不足。",
    }
    /// Inside Telegram digital goods are paid for with Stars alone.
    STARS_ALONE = "E405" StarsAlone [403] {
        en: "Inside Telegram plans are paid for with Telegram Stars.",
        ru: "В Telegram тарифы оплачиваются звёздами Telegram.",
        zh: "在 Telegram 内，请使用 Telegram Stars 购买套餐。",
    }
    CARD_EXPIRED = "E406" CardExpired [] {
        en: "The card has expired.",
        ru: "Срок действия карты истёк.",
        zh: "银行卡已过期。",
    }
    CARD_REFUSED = "E407" CardRefused [] {
        en: "The bank that issued the card has refused the payment.",
        ru: "Банк, выпустивший карту, отклонил платёж.",
        zh: "发卡银行拒绝了这笔付款。",
    }
    /// By 3-D Secure: the person did not show that the card is theirs.
    PAYMENT_NOT_CONFIRMED = "E408" PaymentNotConfirmed [] {
        en: "The payment was not confirmed with the bank (3-D Secure).",
        ru: "Платёж не подтверждён в банке (3-D Secure).",
        zh: "付款未通过银行的身份验证（3-D Secure）。",
    }
}
