//! The pages of settings: language, time zone, notices, the person's data, consent.

use diesel_async::AsyncPgConnection;
use kernel::Language::{En, Ru, Zh};
use kernel::{Error, Language};
use people::privacy::rules::CONFIRMATION_CODE;
use people::users::model::{Notices, User};
use serde::{Deserialize, Serialize};
use vendors::messenger::{Button, Keyboard};

use super::{Page, SETTINGS, back, consents, moment, text};
use crate::zones;

/// Time zones of one page, in two columns.
const ZONES: usize = 10;

/// A page of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    Overview,
    Languages,
    /// Time zones to choose from, counted in pages from 0.
    Zones {
        from: u16,
    },
    /// The same, asked because a limit ends by a clock that is only guessed.
    AskZone,
    Notices,
    Data,
    /// The question whether everything is to be deleted.
    ConfirmDeletion,
    Consents,
    /// The question whether consent is to be withdrawn.
    ConfirmWithdrawal,
    /// What became of a request.
    Outcome(Outcome),
}

/// What became of a request of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    CopyComes,
    DeletionBegun,
    /// The same was had within a day.
    OnceADay,
    /// An organization with other members has no other owner.
    OwnsAlone,
    Withdrawn,
}

/// A notice that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    AnalysisStarted,
    LimitFree,
    TrialEnding,
}

impl Kind {
    const ALL: [Self; 3] = [Self::AnalysisStarted, Self::LimitFree, Self::TrialEnding];

    fn as_str(self) -> &'static str {
        match self {
            Self::AnalysisStarted => "analysis_started",
            Self::LimitFree => "limit_free",
            Self::TrialEnding => "trial_ending",
        }
    }

    /// The kind that a button names.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    fn is_on(self, notices: Notices) -> bool {
        match self {
            Self::AnalysisStarted => notices.analysis_started,
            Self::LimitFree => notices.limit_free,
            Self::TrialEnding => notices.trial_ending,
        }
    }

    fn label(self, language: Language) -> &'static str {
        let words = match self {
            Self::AnalysisStarted => ["A reading has begun", "Чтение начато", "解读已开始"],
            Self::LimitFree => [
                "New readings are there",
                "Появились новые чтения",
                "次数已恢复",
            ],
            Self::TrialEnding => [
                "The trial ends soon",
                "Пробный период кончается",
                "试用即将结束",
            ],
        };
        text(language, words)
    }
}

/// The page of a view.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn page(conn: &mut AsyncPgConnection, user: &User, view: View) -> Result<Page, Error> {
    let language = user.language();
    Ok(match view {
        View::Overview => overview(conn, user).await?,
        View::Languages => languages(language),
        View::Zones { from } => zone_page(from, choose_zone(language), language),
        View::AskZone => zone_page(0, ask_zone(language), language),
        View::Notices => notices(user.notices, language),
        View::Data => data(language),
        View::ConfirmDeletion => confirm_deletion(language),
        View::Consents => consents::page(conn, user).await?,
        View::ConfirmWithdrawal => consents::confirm_withdrawal(language),
        View::Outcome(outcome) => Page {
            html: this(outcome, language).to_owned(),
            keyboard: vec![vec![back(SETTINGS, language)]],
        },
    })
}

async fn overview(conn: &mut AsyncPgConnection, user: &User) -> Result<Page, Error> {
    let language = user.language();
    let now = moment(conn, user, chrono::Utc::now()).await?;
    let html = match language {
        En => format!(
            "⚙️ <b>Settings</b>\n\nLanguage: {}\nYour time: {now}",
            name(En)
        ),
        Ru => format!(
            "⚙️ <b>Настройки</b>\n\nЯзык: {}\nВаше время: {now}",
            name(Ru)
        ),
        Zh => format!("⚙️ <b>设置</b>\n\n语言：{}\n您的时间：{now}", name(Zh)),
    };
    let rows = [
        (["🌐 Language", "🌐 Язык", "🌐 语言"], "settings:languages"),
        (
            ["🕒 Time zone", "🕒 Часовой пояс", "🕒 时区"],
            "settings:zones:0",
        ),
        (
            ["🔔 Notices", "🔔 Уведомления", "🔔 通知"],
            "settings:notices",
        ),
        (
            ["📄 My data", "📄 Мои данные", "📄 我的数据"],
            "settings:data",
        ),
        (
            ["🤝 Consent", "🤝 Согласие", "🤝 同意"],
            "settings:consents",
        ),
    ];
    let mut keyboard: Keyboard = rows
        .into_iter()
        .map(|(label, data)| vec![Button::press(text(language, label), data)])
        .collect();
    keyboard.push(vec![super::to_plans(language)]);
    Ok(Page { html, keyboard })
}

/// What a language calls itself.
fn name(language: Language) -> &'static str {
    match language {
        En => "English",
        Ru => "Русский",
        Zh => "中文",
    }
}

fn languages(language: Language) -> Page {
    let html = text(
        language,
        [
            "🌐 In which language shall I talk to you?",
            "🌐 На каком языке мне с вами говорить?",
            "🌐 您希望我用哪种语言与您交流？",
        ],
    );
    let choice = |one: Language| {
        let mark = if one == language { "✅ " } else { "" };
        let data = format!("settings:language:{}", one.code());
        vec![Button::press(format!("{mark}{}", name(one)), data)]
    };
    let mut keyboard: Keyboard = [En, Ru, Zh].map(choice).into();
    keyboard.push(vec![back(SETTINGS, language)]);
    Page {
        html: html.to_owned(),
        keyboard,
    }
}

fn choose_zone(language: Language) -> &'static str {
    text(
        language,
        [
            "🕒 Where are you? Days and months of your plan begin at your midnight.",
            "🕒 Где вы живёте? Дни и месяцы тарифа начинаются в вашу полночь.",
            "🕒 您在哪里？套餐的每日和每月次数以您当地的零点为准。",
        ],
    )
}

fn ask_zone(language: Language) -> &'static str {
    text(
        language,
        [
            "🕒 One question, so that I name the right time: where are you? A city with the same clock will do; what has begun ends as I said.",
            "🕒 Один вопрос, чтобы я верно называла время: где вы живёте? Подойдёт любой город с тем же временем; то, что уже началось, закончится, как я сказала.",
            "🕒 为了告诉您准确的时间，想问一下：您在哪里？选一个时间相同的城市即可；已开始的周期仍按之前所说的时间结束。",
        ],
    )
}

fn zone_page(from: u16, html: &str, language: Language) -> Page {
    let zones = zones::zones(language);
    let begin = (usize::from(from) * ZONES).min(zones.len());
    let end = (begin + ZONES).min(zones.len());
    let choice = |zone: &zones::Zone| {
        Button::press(zone.city(language), format!("settings:zone:{}", zone.name))
    };
    let shown = zones[begin..end].chunks(2);
    let mut keyboard: Keyboard = shown
        .map(|pair| pair.iter().map(choice).collect())
        .collect();
    let more = (end < zones.len()).then(|| {
        let label = text(language, ["More cities ›", "Другие города ›", "更多城市 ›"]);
        Button::press(label, format!("settings:zones:{}", from + 1))
    });
    keyboard.push([back(SETTINGS, language)].into_iter().chain(more).collect());
    Page {
        html: html.to_owned(),
        keyboard,
    }
}

fn notices(notices: Notices, language: Language) -> Page {
    let html = text(
        language,
        [
            "🔔 What may I write to you by myself? Press one to switch it. Readings, answers and news about your payments always come.",
            "🔔 О чём писать вам без вопроса? Нажмите, чтобы включить или выключить. Чтения, ответы и вести о платежах приходят всегда.",
            "🔔 我可以主动通知您哪些事情？点击即可开启或关闭。解读、答复和付款消息始终会发送。",
        ],
    );
    let switch = |kind: Kind| {
        let on = kind.is_on(notices);
        let (mark, next) = if on { ("✅", "off") } else { ("▫️", "on") };
        let label = format!("{mark} {}", kind.label(language));
        let data = format!("settings:notice:{}:{next}", kind.as_str());
        vec![Button::press(label, data)]
    };
    let mut keyboard: Keyboard = Kind::ALL.map(switch).into();
    keyboard.push(vec![back(SETTINGS, language)]);
    Page {
        html: html.to_owned(),
        keyboard,
    }
}

fn data(language: Language) -> Page {
    let html = text(
        language,
        [
            "📄 I keep your profile, your photos and words, and the readings. You can have a copy of it all, or have it all deleted.",
            "📄 Я храню ваш профиль, фото, слова и чтения. Вы можете получить копию всего этого или попросить всё удалить.",
            "📄 我保存着您的个人资料、照片、文字和解读。您可以获取全部数据的副本，或要求全部删除。",
        ],
    );
    let copy = text(
        language,
        [
            "📦 Send me a copy",
            "📦 Прислать копию",
            "📦 发给我一份副本",
        ],
    );
    let delete = text(
        language,
        ["🗑 Delete everything", "🗑 Удалить всё", "🗑 全部删除"],
    );
    Page {
        html: html.to_owned(),
        keyboard: vec![
            vec![Button::press(copy, "settings:export")],
            vec![Button::press(delete, "settings:deletion")],
            vec![back(SETTINGS, language)],
        ],
    }
}

fn confirm_deletion(language: Language) -> Page {
    let html = text(
        language,
        [
            "🗑 Delete everything I know about you? Readings, photos, words, your plan and your profile go within 72 hours, for good; a paid plan is lost too. If you only want a copy, ask for it first.",
            "🗑 Удалить всё, что я о вас знаю? Чтения, фото, слова, тариф и профиль исчезнут навсегда в течение 72 часов; оплаченный тариф тоже пропадёт. Если нужна копия, сначала попросите её.",
            "🗑 要删除我所知道的关于您的一切吗？解读、照片、文字、套餐和个人资料将在 72 小时内永久删除，已付费的套餐也会失效。如果需要副本，请先申请。",
        ],
    );
    let yes = text(
        language,
        [
            "Yes, delete everything",
            "Да, удалить всё",
            "是的，全部删除",
        ],
    );
    Page {
        html: html.to_owned(),
        keyboard: vec![
            vec![back("settings:data", language)],
            vec![Button::press(
                yes,
                format!("settings:delete:{CONFIRMATION_CODE}"),
            )],
        ],
    }
}

fn this(outcome: Outcome, language: Language) -> &'static str {
    let words = match outcome {
        Outcome::CopyComes => [
            "📦 Your copy is being made. A link to it comes here in a few minutes.",
            "📦 Копия готовится. Ссылка придёт сюда через несколько минут.",
            "📦 正在准备您的数据副本，几分钟后会把链接发到这里。",
        ],
        Outcome::DeletionBegun => [
            "🗑 It has begun: I delete everything, and tell you here when it is done.",
            "🗑 Удаление началось. Когда всё будет удалено, я сообщу вам здесь.",
            "🗑 已开始删除，完成后我会在这里通知您。",
        ],
        Outcome::OnceADay => [
            "This can be had once a day. Please try again tomorrow.",
            "Об этом можно просить раз в сутки. Попробуйте, пожалуйста, завтра.",
            "此操作每天只能进行一次，请明天再试。",
        ],
        Outcome::OwnsAlone => [
            "You are the only owner of an organization with other members. Make one of them an owner first.",
            "Вы единственный владелец организации, в которой есть другие участники. Сначала назначьте владельцем одного из них.",
            "您是某个组织的唯一所有者，而该组织还有其他成员。请先将其中一名成员设为所有者。",
        ],
        Outcome::Withdrawn => [
            "🤝 Your consent is withdrawn; I read nothing more. You can agree again at any time.",
            "🤝 Согласие отозвано, больше я ничего не читаю. Согласиться снова можно в любой момент.",
            "🤝 您的同意已撤回，我不会再进行解读。您可以随时再次同意。",
        ],
    };
    text(language, words)
}
