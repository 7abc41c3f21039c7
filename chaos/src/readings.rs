//! Sends photos of cups through the real API, one after the other, each as another person; and checks
//! that each has one reading in the chat, paid for once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ai::queries;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use testkit::pictures::coffee_cup;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;
use world::app::{Answer, photo_form};
use world::chaos::Background;
use world::{N8N_KEY, World};

/// The time between two photos.
const EVERY: Duration = Duration::from_millis(1_500);

/// The Telegram id of the first person; the others follow.
const FIRST: i64 = 1_000;

/// From this Telegram id on there are people of the crowd, who are counted in another way.
pub const CROWD: i64 = 2_000_000;

/// A photo that the API accepted: the Telegram id of its person, and the id of its reading.
pub type Accepted = (i64, Uuid);

/// Sends photos until stopped; returns those that were accepted.
pub fn stream(world: Arc<World>, api: String) -> Background<Vec<Accepted>> {
    Background::start(|mut stop| async move {
        let (mut sending, mut person) = (JoinSet::new(), FIRST);
        while stop.wait_until(Instant::now() + EVERY).await {
            let (world, api) = (world.clone(), api.clone());
            sending.spawn(async move { Some((person, send(&world, &api, person).await?)) });
            person += 1;
        }
        sending.join_all().await.into_iter().flatten().collect()
    })
}

/// Opens the chat with the bot and sends a photo; `None` if it was not accepted, or if the answer of the
/// API was lost.
pub async fn send(world: &World, api: &str, person: i64) -> Option<Uuid> {
    world.chat(person).says("Hello", "en").await.ok()?;
    let form = photo_form(coffee_cup())
        .text("telegram_user_id", person.to_string())
        .text("consent", "obtained");
    let call = world.http.post(format!("{api}/v1/analyses"));
    let call = call.header("X-API-Key", N8N_KEY).multipart(form);
    let answer = Answer::of(call.send().await.ok()?).await.ok()?;
    (answer.status == 202).then(|| answer.id().ok()?.parse().ok())?
}

/// The counts of the photos.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Committed readings, also those whose 202 was lost.
    pub all: usize,
    /// Accepted, but without a row, not completed, or not in the chat.
    pub lost: usize,
    /// More than one reading in the chat.
    pub twice: usize,
    /// Calls of the AI, answered or not, beyond two for each photo and one for each doubted call.
    pub overpaid: usize,
    /// Calls whose end no worker saw.
    pub doubted: usize,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    person: i64,
}

impl Outcome {
    /// Counts after the last job has ended.
    pub async fn of(
        world: &World,
        api: &str,
        conn: &mut AsyncPgConnection,
        accepted: &[Accepted],
    ) -> anyhow::Result<Self> {
        let rows: Vec<Row> = sql_query(
            "SELECT analysis_history.id, users.telegram_id AS person
             FROM analysis_history JOIN users ON users.id = analysis_history.user_id",
        )
        .get_results(conn)
        .await?;
        let of_id: HashMap<Uuid, &Row> = rows.iter().map(|row| (row.id, row)).collect();
        let gone = accepted.iter().filter(|(_, id)| !of_id.contains_key(id));
        let mut outcome = Self {
            all: rows.len(),
            lost: gone.count(),
            ..Self::default()
        };
        for row in rows.iter().filter(|row| row.person < CROWD) {
            match readings_in_chat(world, api, row).await? {
                1 => {}
                0 => outcome.lost += 1,
                _ => outcome.twice += 1,
            }
        }
        outcome.doubted = usize::try_from(queries::doubted_calls(conn).await?)?;
        let owed = 2 * rows.len() + outcome.doubted;
        outcome.overpaid = calls_of_ai(world).await?.saturating_sub(owed);
        Ok(outcome)
    }
}

/// How often the chat shows the reading that the API returns; 0 if it returns none.
async fn readings_in_chat(world: &World, api: &str, row: &Row) -> anyhow::Result<usize> {
    let call = world.http.get(format!("{api}/v1/analyses/{}", row.id));
    let answer = Answer::of(call.header("X-API-Key", N8N_KEY).send().await?).await?;
    let Some(intro) = answer.body["analysis"]["intro"].as_str() else {
        return Ok(0);
    };
    let texts = world.chat(row.person).bot_texts().await?;
    Ok(texts.iter().filter(|text| text.starts_with(intro)).count())
}

/// Number of calls of the AI, also by workers that died before the answer: they may be paid for.
async fn calls_of_ai(world: &World) -> anyhow::Result<usize> {
    let call = world.http.get(world.outside("/control/calls?service=ai"));
    let report: serde_json::Value = call.send().await?.error_for_status()?.json().await?;
    let count = report["counts"]["ai"].as_u64().unwrap_or(0);
    Ok(usize::try_from(count)?)
}
