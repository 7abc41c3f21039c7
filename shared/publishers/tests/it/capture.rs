//! What product analytics is told, of whom.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use kernel::db::Pool;
use kernel::env::Env;
use people::abuse_memory::MemorySecret;
use publishers::{Step, capture};
use testkit::{TestDatabase, eventually};
use uuid::Uuid;
use vendors::product_analytics::{Captured, ProductAnalytics, SERVICE};
use vendors::{ProviderError, ProviderErrorKind};

use crate::pool;

/// Person 1 has agreed at noon, person 2 has not, and person 3 has withdrawn it.
const PERSONS: &str = "
    INSERT INTO users (id, telegram_id, consent_analytics_at) VALUES
        ('00000000-0000-0000-0000-000000000001', 71, date_trunc('day', now()) + interval '12 h'),
        ('00000000-0000-0000-0000-000000000002', 72, NULL),
        ('00000000-0000-0000-0000-000000000003', 73, NULL)";

/// Before and after noon, of each person, and of none.
const EVENTS: &str = "
    INSERT INTO events (id, name, version, user_id, account_id, data, occurred_at)
    SELECT ('00000000-0000-0000-0000-000000000' || person || hours)::uuid, 'sheep.counted', 1, subject, subject,
           '{\"kind\": \"black\", \"sheep_id\": \"dolly\", \"words\": \"baa, baa\"}',
           date_trunc('day', now()) + make_interval(hours => hours)
    FROM generate_series(0, 3) AS person, unnest('{11, 13}'::int[]) AS hours,
         LATERAL (SELECT CASE WHEN person > 0 THEN lpad(person::text, 32, '0')::uuid END AS subject) AS one
    ORDER BY person, hours";

/// A service that keeps what it is told, or fails.
#[derive(Default)]
struct Fake {
    told: Mutex<Vec<Captured>>,
    fails: Mutex<Option<ProviderErrorKind>>,
    /// It cannot read a batch with this one.
    unread: Option<Uuid>,
}

#[async_trait]
impl ProductAnalytics for Fake {
    async fn capture(&self, events: &[Captured]) -> Result<(), ProviderError> {
        let mut fails = *self.fails.lock().unwrap_or_else(PoisonError::into_inner);
        if events.iter().any(|one| Some(one.id) == self.unread) {
            fails = Some(ProviderErrorKind::Rejected);
        }
        match fails {
            Some(kind) => Err(ProviderError::new(SERVICE, "fake", kind, "it fails")),
            None => {
                let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                told.extend_from_slice(events);
                Ok(())
            }
        }
    }
}

impl Fake {
    fn told(&self) -> Vec<Captured> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.clone()
    }

    fn fails(&self, kind: Option<ProviderErrorKind>) {
        *self.fails.lock().unwrap_or_else(PoisonError::into_inner) = kind;
    }
}

struct Stage {
    pool: Pool,
    service: Fake,
    database: TestDatabase,
}

impl Stage {
    /// All events can be read.
    async fn begin() -> anyhow::Result<Self> {
        let database = TestDatabase::create().await?;
        database.sql(PERSONS).await?;
        database.sql(EVENTS).await?;
        let mut conn = database.connect().await?;
        eventually(async || {
            let found = events::ahead(&mut conn, publishers::POSTHOG, 100).await?;
            Ok((found.events.len() == 8).then_some(()))
        })
        .await?;
        Ok(Self {
            pool: pool(&database)?,
            service: Fake::default(),
            database,
        })
    }

    async fn step(&self, secret: &str) -> anyhow::Result<Step> {
        let lookup = |name: &str| (name == "ABUSE_MEMORY_SECRET").then(|| secret.to_owned());
        let secret = MemorySecret::read(&mut Env::new(&lookup));
        Ok(capture(&self.pool, &self.service, &secret).await?)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_persons_do_after_they_have_agreed_is_told() -> anyhow::Result<()> {
    let stage = Stage::begin().await?;
    assert_eq!(stage.step("a secret").await?.passed, 8);
    let told = stage.service.told();
    let [event] = told.as_slice() else {
        anyhow::bail!("{told:?}");
    };
    assert_eq!(event.id, Uuid::from_u128(0x113));
    assert_eq!(event.name, "sheep.counted");
    let names: Vec<_> = event.properties.keys().map(String::as_str).collect();
    assert_eq!(names, ["kind"]);
    assert_eq!(stage.step("a secret").await?.passed, 0);
    assert_eq!(stage.service.told().len(), 1);
    Ok(())
}

/// Of an id that is deleted with the person, and a secret that stays here, nothing leads back.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_a_hash_that_depends_on_the_secret() -> anyhow::Result<()> {
    let mut persons = Vec::new();
    for secret in ["a secret", "another secret", "a secret"] {
        let stage = Stage::begin().await?;
        stage.step(secret).await?;
        persons.extend(stage.service.told().into_iter().map(|one| one.person));
    }
    assert_eq!(persons[0], persons[2]);
    assert_ne!(persons[0], persons[1]);
    let is_digit = |digit: u8| digit.is_ascii_hexdigit();
    assert!(persons[0].len() == 64 && persons[0].bytes().all(is_digit));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_service_is_away_the_cursor_stays() -> anyhow::Result<()> {
    let stage = Stage::begin().await?;
    for kind in [
        ProviderErrorKind::Auth,
        ProviderErrorKind::Protocol,
        ProviderErrorKind::RateLimited(None),
        ProviderErrorKind::Timeout,
        ProviderErrorKind::Transient,
    ] {
        stage.service.fails(Some(kind));
        let step = stage.step("a secret").await?;
        let failure = step.failure.map(|why| why.kind);
        assert_eq!((step.passed, step.more, failure), (0, false, Some(kind)));
    }
    stage.service.fails(None);
    assert_eq!(stage.step("a secret").await?.passed, 8);
    assert_eq!(stage.service.told().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_cannot_read_holds_nothing_up() -> anyhow::Result<()> {
    let stage = Stage::begin().await?;
    stage.service.fails(Some(ProviderErrorKind::Rejected));
    let step = stage.step("a secret").await?;
    assert_eq!((step.passed, step.failure.is_none()), (8, true));
    stage.service.fails(None);
    assert_eq!(stage.step("a secret").await?.passed, 0);
    assert_eq!(stage.service.told(), []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_takes_none_of_its_batch_with_it() -> anyhow::Result<()> {
    let mut stage = Stage::begin().await?;
    stage.service.unread = Some(Uuid::from_u128(0x113));
    // So that three are told: those of person 2, and the last one of person 1, which cannot be read.
    let agreed =
        "UPDATE users SET consent_analytics_at = date_trunc('day', now()) WHERE telegram_id = 72";
    stage.database.sql(agreed).await?;
    let step = stage.step("a secret").await?;
    assert_eq!((step.passed, step.failure.is_none()), (8, true));
    let told: Vec<Uuid> = stage.service.told().iter().map(|one| one.id).collect();
    assert_eq!(told, [Uuid::from_u128(0x211), Uuid::from_u128(0x213)]);
    Ok(())
}
