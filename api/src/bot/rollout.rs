//! `GET /v1/rollout/{telegram_id}`: who handles a person while an older workflow of n8n gives way.

use actix_web::web::{self, Json};
use kernel::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::extract::{Caller, telegram_id};
use crate::http::problem::{Problem, Refused};
use crate::state::ApiState;

/// Who handles a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rollout {
    handled_by: Handler,
}

/// Where the updates of a person go.
#[derive(Serialize, ToSchema, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Handler {
    /// To `POST /v1/webhooks/telegram`.
    Api,
    /// They stay with the older workflow.
    Workflow,
}

/// Who handles a person. The same for as long as the percentage is, and who is handled by the API stays so when it
/// grows.
#[utoipa::path(get, path = "/v1/rollout/{telegram_id}", operation_id = "get_rollout", tag = "Workflows",
    params(("telegram_id" = i64, Path, minimum = 1, description = "The person's Telegram id")),
    responses((status = 200, description = "By the setting N8N_ROLLOUT_PERCENT, and what operators have lowered it to", body = Rollout), Refused))]
pub(crate) async fn show(
    caller: Caller,
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<Json<Rollout>, Problem> {
    let id = telegram_id(&id);
    let id = id.ok_or_else(|| Error::invalid("telegram_id", "must be a positive number"))?;
    caller.person(id)?;
    let switches = state.core.switches.now().await?;
    let handled_by = handler(id, switches.rollout(state.config.rollout_percent));
    Ok(Json(Rollout { handled_by }))
}

fn handler(telegram_id: i64, percent: u64) -> Handler {
    let hash = fnv1a(format!("mvp:{telegram_id}").as_bytes());
    match u64::from(hash % 100) < percent {
        true => Handler::Api,
        false => Handler::Workflow,
    }
}

/// FNV-1a of 32 bits (<https://datatracker.ietf.org/doc/html/rfc9923>): spreads numbers that follow each other, and
/// is a line in any language.
fn fnv1a(bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the authors' test vectors.
    #[test]
    fn the_hash_is_fnv_1a() {
        for (text, hash) in [
            ("", 0x811c_9dc5),
            ("a", 0xe40c_292c),
            ("b", 0xe70c_2de5),
            ("foobar", 0xbf9c_f968),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn a_percentage_is_kept_and_one_who_has_come_over_stays() {
        const PERSONS: i64 = 200_000;
        let ours = |percent| -> Vec<i64> {
            let first = 700_000_000;
            let all = first..first + PERSONS;
            all.filter(|id| handler(*id, percent) == Handler::Api)
                .collect()
        };
        assert_eq!(ours(0).len(), 0);
        assert_eq!(ours(100).len(), PERSONS as usize);
        let mut before: Vec<i64> = Vec::new();
        for percent in [1, 10, 25, 50, 75, 99] {
            let now = ours(percent);
            let share = now.len() as f64 / PERSONS as f64 * 100.0;
            assert!((share - percent as f64).abs() < 0.5, "{percent}: {share}");
            assert!(before.iter().all(|id| now.binary_search(id).is_ok()));
            before = now;
        }
    }
}
