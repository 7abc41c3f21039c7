//! Every page of the bot that is made of rows, in three languages: no code of ours, a way on, and within
//! Telegram's limits (<https://core.telegram.org/bots/api#inlinekeyboardbutton>).

use std::collections::BTreeSet;

use bot::documents::BotConfig;
use bot::jobs::Notice;
use bot::page::{Page, page};
use bot::pages::{history, plans, settings, support};
use bot::zones;
use delivery::split::{MESSAGE_MAX_UNITS, units};
use kernel::Language;
use kernel::env::Env;
use people::users::queries;
use testkit::TestDatabase;
use uuid::Uuid;
use vendors::messenger::Action;

/// The bytes that a button may send back, at most.
const DATA_MAX: usize = 64;

const READING: Uuid = Uuid::from_u128(7);

/// The states in which a person may look at them.
const STATES: [&str; 5] = [
    "SELECT 1",
    "INSERT INTO meters (account_id, day_used, day_ends_at, month_ends_at)
         SELECT id, 3, now() + interval '1 hour', now() + interval '9 days' FROM users",
    "UPDATE meters SET month_used = 30",
    "INSERT INTO subscriptions (user_id, tier, status, trial_used, trial_ends_at)
         SELECT id, 'TRIAL', 'expired', TRUE, now() - interval '1 day' FROM users
     ON CONFLICT (user_id) DO UPDATE SET tier = 'TRIAL', trial_ends_at = now() - interval '1 day'",
    "UPDATE subscriptions SET tier = 'PREMIUM', status = 'active',
         current_period_end = now() + interval '1 day', cancel_at_period_end = random() < 0.5;
     UPDATE users SET consent_terms = FALSE",
];

fn notices(roubles: bool) -> Vec<Notice> {
    let overview = |news| Notice::Plans(plans::View::Overview { roubles, news });
    let mut all = vec![
        Notice::DailyLimit,
        Notice::MonthlyLimit,
        Notice::TrialOver,
        overview(None),
        Notice::Plans(plans::View::ConfirmEnd),
        Notice::Plans(plans::View::LimitFree),
    ];
    use plans::News;
    let news = [
        News::TrialBegun,
        News::NoTrial,
        News::Ended,
        News::Reminder,
        News::NotForSale,
    ];
    all.extend(news.map(|news| overview(Some(news))));
    use history::View as H;
    let (id, part, from) = (READING, 0, 0);
    let histories = [
        H::List {
            from,
            deleted: true,
        },
        H::List {
            from: u16::MAX,
            deleted: false,
        },
        H::Reading { id, part, from },
        H::Reading {
            id: Uuid::nil(),
            part,
            from: u16::MAX,
        },
        H::ConfirmDelete { id, from },
    ];
    all.extend(histories.map(Notice::History));
    use settings::{Outcome, View as S};
    let pages = [
        S::Overview,
        S::Languages,
        S::Zones { from: 0 },
        S::Zones { from: 2 },
        S::AskZone,
        S::Notices,
        S::Data,
        S::ConfirmDeletion,
        S::Consents,
        S::ConfirmWithdrawal,
        S::Outcome(Outcome::CopyComes),
        S::Outcome(Outcome::DeletionBegun),
        S::Outcome(Outcome::OnceADay),
        S::Outcome(Outcome::OwnsAlone),
        S::Outcome(Outcome::Withdrawn),
    ];
    all.extend(pages.map(Notice::Settings));
    use support::View as A;
    let requests = [A::Ask, A::NotAsked, A::Received { number: 12 }, A::TooMany];
    all.extend(requests.map(Notice::Support));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_a_way_on_and_no_code_in_every_state_and_language() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let long = "слово ".repeat(3_000);
    database
        .sql(&format!(
            "UPDATE plan_limits SET day_limit = 3, month_limit = 30 WHERE tier = 'FREE' AND unit = 'analyses';
             INSERT INTO users (telegram_id) VALUES (7);
             INSERT INTO analysis_history (id, user_id, input_type, image_url, status, completed_at, analysis)
                 SELECT '{READING}', id, 'image', 'a', 'completed', now(),
                     '{{\"intro\": \"<{long}>\", \"sections\": []}}' FROM users"
        ))
        .await?;
    let mut seen = BTreeSet::new();
    let config = with_app()?;
    for state in STATES {
        database.sql(state).await?;
        for language in Language::ALL {
            let code = language.code();
            database
                .sql(&format!("UPDATE users SET language_code = '{code}'"))
                .await?;
            let id = person(&mut conn).await?;
            let user = queries::by_id(&mut conn, id).await?;
            for notice in notices(true) {
                let page = page(&mut conn, &user, notice, &config).await?;
                check(&page, &format!("{notice:?} {code} {state}"));
                seen.insert(page.html);
            }
            for notice in notices(false).into_iter().chain(words()) {
                let page = page(&mut conn, &user, notice, &BotConfig::default()).await?;
                check_stars_alone(&page, &format!("{notice:?} {code} {state}"));
            }
        }
    }
    assert!(seen.len() > 150, "{}", seen.len());
    Ok(())
}

/// With the longest keyboards that there are.
fn with_app() -> anyhow::Result<BotConfig> {
    let lookup =
        |name: &str| (name == "MINI_APP_URL").then(|| "http://127.0.0.1:3000/app/".to_owned());
    let mut env = Env::new(&lookup);
    let config = BotConfig::read(&mut env);
    Ok(env.finish(config)?)
}

/// What is the same in every state.
fn words() -> [Notice; 7] {
    let is_invited = false;
    [
        Notice::Greeting,
        Notice::Introduction { is_invited },
        Notice::Help,
        Notice::Terms,
        Notice::Privacy,
        Notice::Invite,
        Notice::AskConsent,
    ]
}

/// Telegram's terms (6.2) allow no other money for digital goods, and so no word about it.
fn check_stars_alone(page: &Page, what: &str) {
    let buttons = page.keyboard.iter().flatten();
    let texts = buttons.map(|button| format!("{} {:?}", button.text, button.action));
    for text in texts.chain([page.html.clone()]) {
        let text = text.to_lowercase();
        for word in ["₽", "руб", "rub", "卢布", "rouble", "sbp", "tinkoff"] {
            assert!(!text.contains(word), "{what}: {text}");
        }
    }
}

async fn person(conn: &mut diesel_async::AsyncPgConnection) -> anyhow::Result<Uuid> {
    use diesel::QueryDsl;
    use diesel_async::RunQueryDsl;
    let ids = schema::users::table.select(schema::users::id);
    Ok(ids.first(conn).await?)
}

fn check(page: &Page, what: &str) {
    let bytes = page.html.as_bytes();
    let is_code = |at: &[u8]| at[0] == b'E' && at[1..].iter().all(u8::is_ascii_digit);
    assert!(!bytes.windows(4).any(is_code), "{what}: {}", page.html);
    assert!(!page.html.is_empty(), "{what}");
    assert!(units(&page.html) <= MESSAGE_MAX_UNITS + 200, "{what}");
    let buttons: Vec<_> = page.keyboard.iter().flatten().collect();
    assert!(!buttons.is_empty(), "{what} leads nowhere");
    for button in buttons {
        assert!(!button.text.is_empty(), "{what}");
        let Action::Press(data) = &button.action else {
            continue;
        };
        let room = data.split(':').next();
        let rooms = ["plans", "history", "settings", "support", "consent"];
        assert!(
            room.is_some_and(|room| rooms.contains(&room)),
            "{what}: {data}"
        );
        assert!(data.len() <= DATA_MAX, "{what}: {data}");
    }
    assert!(page.keyboard.iter().all(|row| !row.is_empty()), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_knows_every_time_zone_that_a_button_stands_for() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let known = queries::timezones(&mut database.connect().await?).await?;
    for zone in zones::zones(Language::En) {
        assert!(known.contains(zone.name), "{}", zone.name);
    }
    Ok(())
}
