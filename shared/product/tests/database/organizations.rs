//! Random sequences of all that members can do to an organization, some at the same moment: there is always an owner, and
//! nobody is in who was not let in.

use std::collections::BTreeSet;

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::env::Env;
use kernel::{Error, Language};
use people::abuse_memory::{AbuseMemory, MemorySecret};
use people::accounts::links::Links;
use people::organizations::invitations::{self, Wanted};
use people::organizations::model::Actor;
use people::organizations::roles::Role;
use people::organizations::{members, organization};
use people::privacy::erase;
use product::FEATURES;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use testkit::TestDatabase;
use uuid::Uuid;

const PERSONS: usize = 5;
const SEQUENCES: u64 = 24;
const STEPS: usize = 25;

/// What one of them does.
#[derive(Clone, Debug)]
enum Act {
    Invite { by: usize, role: Role },
    Accept { by: usize, secret: usize },
    ChangeRole { by: usize, of: usize, role: Role },
    Remove { by: usize, of: usize },
    Leave { by: usize },
    Transfer { by: usize, to: usize },
    Erase { of: usize },
}

impl Act {
    fn random(random: &mut StdRng, secrets: usize) -> Self {
        // Those who are in from the beginning act more often.
        let by = [(); 2].map(|()| random.random_range(0..PERSONS));
        let by = by[0].min(by[1]);
        let other = random.random_range(0..PERSONS);
        let role = Role::ALL[random.random_range(0..Role::ALL.len())];
        match random.random_range(0..20) {
            0..5 => Self::Invite { by, role },
            5..11 if secrets > 0 => Self::Accept {
                by,
                secret: random.random_range(0..secrets),
            },
            11..14 => Self::ChangeRole {
                by,
                of: other,
                role,
            },
            14..16 => Self::Remove { by, of: other },
            16..18 => Self::Leave { by },
            18 => Self::Transfer { by, to: other },
            19 => Self::Erase { of: other },
            _ => Self::Invite { by, role },
        }
    }
}

struct Stage {
    account: Uuid,
    persons: [Uuid; PERSONS],
    secrets: Vec<String>,
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn memory() -> AbuseMemory {
    let lookup = |_: &str| Some("a-secret-of-the-test-with-32-bytes".to_owned());
    AbuseMemory::new(MemorySecret::read(&mut Env::new(&lookup)), FEATURES)
}

/// Does it in a transaction; a new secret if it is an invitation. Refusals are as good as deeds.
async fn act(
    conn: &mut AsyncPgConnection,
    stage: &Stage,
    act: &Act,
) -> Result<Option<String>, Error> {
    let (account, persons, origin) = (stage.account, &stage.persons, Origin::own("test"));
    conn.transaction(async |conn| {
        let place = |by: usize| (account, Actor::Person(persons[by]));
        match act {
            Act::Invite { by, role } => {
                let wanted = Wanted {
                    role: *role,
                    address: None,
                    expires_at: now() + chrono::TimeDelta::days(1),
                };
                let words = (&Links::new("https://symancy.example"), Language::En);
                let made =
                    invitations::create(conn, place(*by), wanted, words, now(), &origin).await?;
                return Ok(Some(made.secret.0));
            }
            Act::Accept { by, secret } => {
                let secret = &stage.secrets[*secret];
                invitations::answer(conn, secret, persons[*by], true, now(), &origin).await?;
            }
            Act::ChangeRole { by, of, role } => {
                members::change_role(conn, place(*by), persons[*of], *role, &origin).await?;
            }
            Act::Remove { by, of } => {
                members::remove(conn, place(*by), persons[*of], &origin).await?;
            }
            Act::Leave { by } => members::leave(conn, account, persons[*by], &origin).await?,
            Act::Transfer { by, to } => {
                members::transfer(conn, account, persons[*by], persons[*to], &origin).await?;
            }
            Act::Erase { of } => {
                let person = erase::lock(conn, FEATURES, persons[*of]).await?;
                let person = person.ok_or(Error::NotFound("user"))?;
                erase::erase(conn, FEATURES, &person, &memory(), Uuid::nil()).await?;
            }
        }
        Ok(None)
    })
    .await
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    role: String,
}

async fn rows(conn: &mut AsyncPgConnection, account: Uuid) -> anyhow::Result<Vec<Row>> {
    let query = "SELECT user_id, role::text AS role FROM members WHERE account_id = $1";
    Ok(diesel::sql_query(query)
        .bind::<SqlUuid, _>(account)
        .load(conn)
        .await?)
}

async fn stage(conn: &mut AsyncPgConnection) -> anyhow::Result<Stage> {
    let persons: [Uuid; PERSONS] = std::array::from_fn(|_| Uuid::now_v7());
    for id in persons {
        conn.batch_execute(&format!("INSERT INTO users (id) VALUES ('{id}')"))
            .await?;
    }
    let origin = Origin::own("test");
    let account = organization::create(conn, "x", persons[0], &origin).await?;
    Ok(Stage {
        account,
        persons,
        secrets: Vec::new(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_members_do_there_is_an_owner_and_no_stranger() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let (mut one, mut other) = (database.connect().await?, database.connect().await?);
    let (mut deeds, mut ended) = (0, 0);
    for seed in 0..SEQUENCES {
        let mut random = StdRng::seed_from_u64(seed);
        let mut stage = stage(&mut one).await?;
        let mut let_in = BTreeSet::from([stage.persons[0]]);
        let mut told = Vec::new();
        for _ in 0..STEPS {
            let acts = [(); 2].map(|()| Act::random(&mut random, stage.secrets.len()));
            let (first, second) = tokio::join!(
                act(&mut one, &stage, &acts[0]),
                act(&mut other, &stage, &acts[1])
            );
            for (act, outcome) in acts.iter().zip([first, second]) {
                told.push(format!("{act:?}: {:?}", outcome.as_ref().map(|_| ())));
                match (act, outcome) {
                    (_, Ok(Some(secret))) => stage.secrets.push(secret),
                    (Act::Accept { by, .. }, Ok(None)) => {
                        let_in.insert(stage.persons[*by]);
                        deeds += 1;
                    }
                    (_, Ok(None)) => deeds += 1,
                    (_, Err(why)) => assert!(why.status() < 500, "seed {seed}: {why:?} {told:#?}"),
                }
            }
            let rows = rows(&mut one, stage.account).await?;
            let is_there = format!(
                "SELECT count(*) AS count FROM accounts WHERE id = '{}'",
                stage.account
            );
            let is_there = database.count(&is_there).await? == 1;
            let owned = rows.iter().any(|row| row.role == "owner");
            assert_eq!(owned, is_there, "seed {seed}: {told:#?}");
            let strangers = rows.iter().filter(|row| !let_in.contains(&row.user_id));
            assert_eq!(strangers.count(), 0, "seed {seed}: {told:#?}");
            if !is_there {
                ended += 1;
                break;
            }
        }
    }
    // The dice do not fall so that nothing is ever done.
    assert!(
        deeds > 50 && ended < SEQUENCES,
        "{deeds} deeds, {ended} ended"
    );
    Ok(())
}

/// What the functions above refuse, and a statement of an operator's own.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_lets_no_organization_lose_its_last_owner() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let stage = stage(&mut conn).await?;
    for statement in [
        "UPDATE members SET role = 'admin'",
        "DELETE FROM members",
        "DELETE FROM users WHERE id IN (SELECT user_id FROM members)",
    ] {
        let refused = conn.batch_execute(statement).await;
        let why = refused.expect_err(statement).to_string();
        assert!(why.contains("an organization has an owner"), "{why}");
    }
    let whole = format!("DELETE FROM accounts WHERE id = '{}'", stage.account);
    conn.batch_execute(&whole).await?;
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM members")
            .await?,
        0
    );
    Ok(())
}

/// Two transactions that each take away another owner, by statements that lock nothing first.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_statements_that_each_demote_an_owner_one_is_refused() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let stage = stage(&mut conn).await?;
    let [ann, bob, ..] = stage.persons;
    conn.batch_execute(&format!(
        "INSERT INTO members (account_id, user_id, role) VALUES ('{}', '{bob}', 'owner')",
        stage.account
    ))
    .await?;
    let demote =
        |whom: Uuid| format!("UPDATE members SET role = 'viewer' WHERE user_id = '{whom}'");
    let mut other = database.connect().await?;
    conn.batch_execute(&format!("BEGIN; {}", demote(ann)))
        .await?;
    other
        .batch_execute(&format!("BEGIN; {}", demote(bob)))
        .await?;
    conn.batch_execute("COMMIT").await?;
    let refused = other.batch_execute("COMMIT").await;
    let why = refused.expect_err("the last owner").to_string();
    assert!(why.contains("an organization has an owner"), "{why}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_that_are_over_for_a_month_are_deleted() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let stage = stage(&mut conn).await?;
    conn.batch_execute(&format!(
        "INSERT INTO invitations (account_id, digest, role, expires_at, accepted_at)
         SELECT '{}', sha256(n::text::bytea), 'member', now() - interval '29 days' + n * interval '1 day', accepted
         FROM (VALUES (-2, NULL), (1, NULL), (60, now() - interval '31 days'), (61, now() - interval '29 days'))
             AS made (n, accepted)",
        stage.account
    ))
    .await?;
    for statement in people::organizations::invitation_rows::PRUNE {
        diesel::sql_query(*statement)
            .bind::<diesel::sql_types::BigInt, _>(100)
            .execute(&mut conn)
            .await?;
    }
    let left = "SELECT count(*) AS count FROM invitations";
    assert_eq!(database.count(left).await?, 2);
    Ok(())
}
