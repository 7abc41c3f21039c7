//! The words of the pages of the checkout.

use kernel::Language;
use money::payments::model::PaymentProvider;

/// The words of the page at which plans are paid for.
pub(super) struct Checkout {
    pub title: &'static str,
    /// With `{day}`: what a plan gives.
    pub readings: &'static str,
    /// Of a plan without a limit.
    pub no_limit: &'static str,
    pub none: &'static str,
    pub failed: &'static str,
    pub signed_out: &'static str,
    pub sign_in: &'static str,
    pub sign_up: &'static str,
    pub stars: &'static str,
}

pub(super) fn checkout(language: Language) -> Checkout {
    match language {
        Language::En => Checkout {
            title: "Choose a plan",
            readings: "One month, up to {day} readings a day.",
            no_limit: "One month, readings without a limit.",
            none: "Nothing can be paid for here at the moment.",
            failed: "That did not work. Please try again.",
            signed_out: "Please sign in first, and come back to this page.",
            sign_in: "Sign in",
            sign_up: "Create an account",
            stars: "In Telegram plans are paid for with Stars: send /plans to the bot.",
        },
        Language::Ru => Checkout {
            title: "Выберите тариф",
            readings: "Один месяц, до {day} чтений в день.",
            no_limit: "Один месяц, чтения без ограничений.",
            none: "Сейчас здесь ничего нельзя оплатить.",
            failed: "Не получилось. Попробуйте ещё раз.",
            signed_out: "Сначала войдите, а затем вернитесь на эту страницу.",
            sign_in: "Войти",
            sign_up: "Создать аккаунт",
            stars: "В Telegram тарифы оплачиваются звёздами: отправьте боту /plans.",
        },
        Language::Zh => Checkout {
            title: "选择套餐",
            readings: "一个月，每天最多 {day} 次解读。",
            no_limit: "一个月，解读次数不限。",
            none: "目前这里无法付款。",
            failed: "操作失败，请重试。",
            signed_out: "请先登录，然后回到此页面。",
            sign_in: "登录",
            sign_up: "注册账号",
            stars: "在 Telegram 内使用 Stars 付款：向机器人发送 /plans。",
        },
    }
}

/// The words of the page after it.
pub(super) struct Paid {
    pub title: &'static str,
    pub waiting: &'static str,
    pub succeeded: &'static str,
    pub refunded: &'static str,
    pub failed: &'static str,
    /// There is no such payment of this person.
    pub lost: &'static str,
}

pub(super) fn paid(language: Language) -> Paid {
    match language {
        Language::En => Paid {
            title: "Your payment",
            waiting: "Waiting for the money. With some ways to pay that takes days; you can close this page.",
            succeeded: "The money is here, and your plan has begun. Thank you!",
            refunded: "The money went back to you.",
            failed: "The payment was not made, and no money was taken.",
            lost: "There is no such payment of yours.",
        },
        Language::Ru => Paid {
            title: "Ваш платёж",
            waiting: "Ждём деньги. При некоторых способах оплаты это занимает несколько дней; страницу можно закрыть.",
            succeeded: "Деньги пришли, тариф начался. Спасибо!",
            refunded: "Деньги возвращены вам.",
            failed: "Платёж не прошёл, деньги не списаны.",
            lost: "Такого платежа у вас нет.",
        },
        Language::Zh => Paid {
            title: "您的付款",
            waiting: "正在等待款项到账。某些付款方式需要几天时间；您可以关闭此页面。",
            succeeded: "款项已到账，套餐已生效。谢谢！",
            refunded: "款项已退还给您。",
            failed: "付款未完成，没有扣款。",
            lost: "您没有这笔付款。",
        },
    }
}

/// What a button calls a way to pay.
pub(super) fn provider(provider: PaymentProvider, language: Language) -> &'static str {
    use PaymentProvider as P;
    let names = match provider {
        P::TelegramStars => ["Telegram Stars", "Звёзды Telegram", "Telegram Stars"],
        P::SbpTinkoff => [
            "SBP or card, T-Bank",
            "СБП или карта, Т-Банк",
            "SBP 或银行卡（T-Bank）",
        ],
        P::Cloudpayments => [
            "Card, CloudPayments",
            "Карта, CloudPayments",
            "银行卡（CloudPayments）",
        ],
        P::Stripe => [
            "Card or bank debit, Stripe",
            "Карта или банк, Stripe",
            "银行卡或银行扣款（Stripe）",
        ],
        P::Paypal => ["PayPal account", "Счёт PayPal", "PayPal 账户"],
        P::Btcpay => ["Bitcoin", "Биткойн", "比特币"],
        P::Comgate => [
            "Card or bank, Comgate",
            "Карта или банк, Comgate",
            "银行卡或银行（Comgate）",
        ],
    };
    match language {
        Language::En => names[0],
        Language::Ru => names[1],
        Language::Zh => names[2],
    }
}
