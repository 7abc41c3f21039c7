//! The page of plans: what is left, until when, and what can be bought.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Language::{En, Ru, Zh};
use kernel::{Error, Language};
use money::meters::model::{PlanLimit, Usage};
use money::meters::{queries as meters, rules};
use money::payments::texts::{date, plan_name, price};
use money::renewals::model::Renewal;
use money::renewals::{queries as renewals, texts as renewal};
use money::subscriptions::model::{Plan, Subscription, SubscriptionStatus, SubscriptionTier};
use money::subscriptions::{queries as subscriptions, rules as time};
use people::users::model::User;
use serde::{Deserialize, Serialize};
use vendors::messenger::{Button, Keyboard};

use super::{PLANS, Page, back, moment, text, to_plans, to_settings, to_support};

/// A page about plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// What is left and what can be bought; `roubles`: prices in roubles are shown too. Above it stands what has
    /// just happened.
    Overview { roubles: bool, news: Option<News> },
    /// The question whether the plan is to be cancelled.
    ConfirmEnd,
    /// There are units again.
    LimitFree,
}

/// What has just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    TrialBegun,
    /// The trial was used, or a paid plan is running.
    NoTrial,
    Ended,
    /// The person will be told when there are units again.
    Reminder,
    /// This provider or plan cannot be bought (any more).
    NotForSale,
}

/// Where a person stands by now.
pub(super) struct Standing {
    pub usage: Usage,
    pub subscription: Subscription,
    pub plans: Vec<Plan>,
    pub limits: Vec<PlanLimit>,
    pub renewal: Option<Renewal>,
    pub now: DateTime<Utc>,
}

impl Standing {
    pub(super) async fn of(conn: &mut AsyncPgConnection, user: &User) -> Result<Self, Error> {
        let now = Utc::now();
        let subscription = subscriptions::of_account(conn, user.id).await?;
        let subscription = subscription.ok_or(Error::NotFound("user"))?;
        Ok(Self {
            usage: meters::usage(conn, user.id).await?,
            subscription: subscriptions::by_now(conn, &subscription, now).await?,
            plans: subscriptions::plans(conn).await?,
            limits: meters::plan_limits(conn).await?,
            renewal: renewals::find(conn, user.id).await?,
            now,
        })
    }

    /// The days of the trial, if the person can begin it.
    fn trial_days(&self) -> Option<i32> {
        let trial = |plan: &&Plan| plan.tier == SubscriptionTier::Trial;
        let plan = self.plans.iter().find(trial)?;
        time::trial(&self.subscription, plan, self.now).ok()?;
        Some(plan.trial_days)
    }

    /// When there are units again.
    pub(super) fn free_at(&self) -> Option<DateTime<Utc>> {
        rules::free_at(&self.usage, self.now)
    }

    pub(super) fn is_trial_over(&self) -> bool {
        rules::is_trial_over(&self.usage, self.now)
    }

    /// The buttons that lead on from a limit: for nothing.
    pub(super) fn ways_on(&self, language: Language) -> Keyboard {
        let mut rows = Vec::new();
        if self.is_trial_over() {
            let go_on = ["Go on for free", "Продолжить бесплатно", "继续使用免费版"];
            rows.push(vec![Button::press(text(language, go_on), "plans:free")]);
        }
        if let Some(days) = self.trial_days() {
            let try_it = match language {
                En => format!("Try {days} days for free"),
                Ru => format!("Попробовать бесплатно, дней: {days}"),
                Zh => format!("免费试用 {days} 天"),
            };
            rows.push(vec![Button::press(try_it, "plans:trial")]);
        }
        rows
    }
}

/// The page of a view.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn page(conn: &mut AsyncPgConnection, user: &User, view: View) -> Result<Page, Error> {
    let language = user.language();
    let standing = Standing::of(conn, user).await?;
    Ok(match view {
        View::Overview { roubles, news } => {
            let free_at = match standing.free_at() {
                Some(at) => Some(moment(conn, user, at).await?),
                None => None,
            };
            let mut html = news.map(|news| this(news, language)).unwrap_or_default();
            html += &overview(&standing, free_at.as_deref(), language);
            Page {
                html,
                keyboard: buttons(&standing, roubles, language),
            }
        }
        View::ConfirmEnd => confirm_end(&standing, language),
        View::LimitFree => Page {
            html: limit_free(language).to_owned(),
            keyboard: vec![vec![to_plans(language)]],
        },
    })
}

/// The button that has the person told when there are units again.
pub(super) fn remind(language: Language) -> Button {
    Button::press(
        text(language, ["Remind me", "Напомнить мне", "提醒我"]),
        "plans:remind",
    )
}

fn this(news: News, language: Language) -> String {
    let line = match news {
        News::TrialBegun => text(
            language,
            [
                "🎁 Your trial has begun. Send me a photo of your cup!",
                "🎁 Пробный период начался. Присылайте фото чашки!",
                "🎁 试用期已开始，把杯子的照片发给我吧！",
            ],
        ),
        News::NoTrial => text(
            language,
            [
                "The trial can be had once, and not beside a paid plan.",
                "Пробный период даётся один раз и не вместе с оплаченным тарифом.",
                "试用期只有一次，且不能与付费套餐同时使用。",
            ],
        ),
        News::Ended => text(
            language,
            [
                "Done. Here is what you have now.",
                "Готово. Вот что у вас теперь.",
                "已完成。以下是您目前的套餐。",
            ],
        ),
        News::Reminder => text(
            language,
            [
                "🔔 I will write to you then.",
                "🔔 Я напишу вам, когда будут новые чтения.",
                "🔔 届时我会通知您。",
            ],
        ),
        News::NotForSale => text(
            language,
            [
                "This cannot be bought right now. Please choose again.",
                "Это сейчас купить нельзя. Выберите, пожалуйста, снова.",
                "目前无法购买此项，请重新选择。",
            ],
        ),
    };
    format!("{line}\n\n")
}

fn overview(standing: &Standing, free_at: Option<&str>, language: Language) -> String {
    let usage = &standing.usage;
    let name = plan_name(usage.tier, language);
    let mut lines = vec![match language {
        En => format!("☕ <b>Your plan: {name}</b>"),
        Ru => format!("☕ <b>Ваш тариф: {name}</b>"),
        Zh => format!("☕ <b>当前套餐：{name}</b>"),
    }];
    if !standing.is_trial_over() {
        lines.push(left(
            text(language, ["Today", "Сегодня", "今天"]),
            (usage.day_used, usage.day_limit),
            language,
        ));
        lines.push(left(
            text(language, ["This month", "В этом месяце", "本月"]),
            (usage.month_used, usage.month_limit),
            language,
        ));
    }
    let bonus = usage.bonus_units;
    lines.extend((bonus > 0).then(|| match language {
        En => format!("Given to you beyond the plan: {bonus}."),
        Ru => format!("Подарено сверх тарифа: {bonus}."),
        Zh => format!("套餐之外获赠：{bonus} 次。"),
    }));
    lines.extend(free_at.map(|when| match language {
        En => format!("New readings come {when}."),
        Ru => format!("Новые чтения появятся {when}."),
        Zh => format!("新的次数将于{when}恢复。"),
    }));
    lines.extend(until(standing, language));
    lines.push(String::new());
    lines.push(offer(standing, language));
    lines.join("\n")
}

/// What is left of a quota.
fn left(window: &str, (used, limit): (i64, Option<i64>), language: Language) -> String {
    let Some(limit) = limit else {
        return match language {
            En => format!("{window}: as many readings as you like."),
            Ru => format!("{window}: сколько угодно чтений."),
            Zh => format!("{window}：次数不限。"),
        };
    };
    let left = (limit - used).max(0);
    match language {
        En => format!("{window}: {left} of {limit} readings left."),
        Ru => format!("{window}: осталось чтений {left} из {limit}."),
        Zh => format!("{window}：还剩 {left} 次，共 {limit} 次。"),
    }
}

/// How long the plan goes on.
fn until(standing: &Standing, language: Language) -> Option<String> {
    let subscription = &standing.subscription;
    if standing.is_trial_over() {
        let over = [
            "Your trial is over: go on for free, or take a month of a plan.",
            "Пробный период закончился: продолжайте бесплатно или возьмите месяц тарифа.",
            "试用期已结束：您可以继续使用免费版，或购买一个月的套餐。",
        ];
        return Some(text(language, over).to_owned());
    }
    if subscription.tier == SubscriptionTier::Trial {
        let end = date(subscription.trial_ends_at?, language);
        return Some(match language {
            En => format!("The trial runs until {end}."),
            Ru => format!("Пробный период действует до {end}."),
            Zh => format!("试用期至 {end}。"),
        });
    }
    if !subscription.is_paid(standing.now) {
        return None;
    }
    let end = date(subscription.current_period_end?, language);
    if let Some(going) = standing.renewal.as_ref().filter(|one| one.goes_on()) {
        return Some(renewal::goes_on(going, &end, language));
    }
    Some(match (language, subscription.cancel_at_period_end) {
        (En, false) => format!("Paid until {end}. It is not renewed by itself."),
        (En, true) => format!("Cancelled. It stays yours until {end}."),
        (Ru, false) => format!("Оплачен до {end}. Сам не продлевается."),
        (Ru, true) => format!("Отменён. Действует до {end}."),
        (Zh, false) => format!("已付费至 {end}，不会自动续费。"),
        (Zh, true) => format!("已取消，有效期至 {end}。"),
    })
}

/// What a month of each plan gives.
fn offer(standing: &Standing, language: Language) -> String {
    let head = [
        "A month of more readings:",
        "Больше чтений на месяц:",
        "按月购买更多次数：",
    ];
    let mut lines = vec![text(language, head).to_owned()];
    let sold = standing.plans.iter().filter(|plan| plan.is_for_sale());
    lines.extend(sold.map(|plan| {
        let name = plan_name(plan.tier, language);
        let [day, month] = rules::readings_of(&standing.limits, plan.tier);
        let (day, month) = (count(day, language), count(month, language));
        match language {
            En => format!("• <b>{name}</b>: {day} a day, {month} a month"),
            Ru => format!("• <b>{name}</b>: в день {day}, в месяц {month}"),
            Zh => format!("• <b>{name}</b>：每天 {day}，每月 {month}"),
        }
    }));
    lines.join("\n")
}

fn count(limit: Option<i64>, language: Language) -> String {
    let unlimited = text(language, ["no limit", "без ограничений", "不限"]);
    limit.map_or_else(|| unlimited.to_owned(), |limit| limit.to_string())
}

fn buttons(standing: &Standing, roubles: bool, language: Language) -> Keyboard {
    let mut rows = standing.ways_on(language);
    if standing.free_at().is_some() {
        rows.push(vec![remind(language)]);
    }
    for plan in &standing.plans {
        let name = plan_name(plan.tier, language);
        let tier = plan.tier.as_str();
        let stars = plan.price_stars.map(|stars| {
            let label = format!("{name} · {}", price(stars.into(), "XTR"));
            Button::press(label, format!("plans:buy:{tier}"))
        });
        let roubles = plan.price_rub.filter(|_| roubles).map(|roubles| {
            let label = format!("{name} · {}", price(roubles, "RUB"));
            Button::press(label, format!("plans:buy:{tier}:sbp_tinkoff"))
        });
        let row: Vec<Button> = stars.into_iter().chain(roubles).collect();
        rows.extend(Some(row).filter(|row| !row.is_empty()));
    }
    if may_end(standing) {
        let end = ["Cancel the plan", "Отменить тариф", "取消套餐"];
        rows.push(vec![Button::press(text(language, end), "plans:end")]);
    }
    rows.push(vec![to_support(language), to_settings(language)]);
    rows
}

fn may_end(standing: &Standing) -> bool {
    let subscription = &standing.subscription;
    let is_trial = subscription.tier == SubscriptionTier::Trial && !standing.is_trial_over();
    is_trial || (subscription.is_paid(standing.now) && !subscription.cancel_at_period_end)
}

fn confirm_end(standing: &Standing, language: Language) -> Page {
    let name = plan_name(standing.usage.tier, language);
    let end = standing.subscription.current_period_end;
    // What is past due ends at once.
    let is_kept = standing.subscription.status == SubscriptionStatus::PastDue;
    let paid = end.filter(|_| !is_kept && standing.subscription.is_paid(standing.now));
    let html = match (language, paid.map(|end| date(end, language))) {
        (En, Some(end)) => {
            format!(
                "Cancel <b>{name}</b>? It stays yours until {end}, and nothing more is charged."
            )
        }
        (En, None) => format!("End <b>{name}</b> now? The free readings go on at once."),
        (Ru, Some(end)) => format!(
            "Отменить тариф <b>{name}</b>? Он будет действовать до {end}, больше ничего не спишется."
        ),
        (Ru, None) => {
            format!("Завершить тариф <b>{name}</b> сейчас? Бесплатные чтения продолжатся сразу.")
        }
        (Zh, Some(end)) => format!("取消<b>{name}</b>吗？它将保留到 {end}，不会再扣费。"),
        (Zh, None) => format!("现在结束<b>{name}</b>吗？之后可立即继续使用免费版。"),
    };
    let (yes, no) = (
        text(language, ["Yes, cancel", "Да, отменить", "是的，取消"]),
        text(language, ["No, keep it", "Нет, оставить", "不，保留"]),
    );
    Page {
        html,
        keyboard: vec![
            vec![Button::press(yes, "plans:end:yes")],
            vec![Button::press(no, PLANS)],
        ],
    }
}

fn limit_free(language: Language) -> &'static str {
    text(
        language,
        [
            "☕ There are new readings for you. Send me a photo of your cup whenever you like.",
            "☕ У вас снова есть чтения. Присылайте фото чашки, когда захочется.",
            "☕ 您又有新的解读次数了，随时把杯子的照片发给我。",
        ],
    )
}

/// The buttons under a message about money: the plans, and help.
pub fn after_payment(language: Language) -> Keyboard {
    vec![vec![to_plans(language), to_support(language)]]
}

/// The button under an invoice that leads back to the plans.
pub fn back_to_plans(language: Language) -> Button {
    back(PLANS, language)
}
