//! The journal of paid calls by itself: whose call is recorded.

use ai::journal;
use ai::journal::Opening;
use ai::model::{Budgets, Purpose};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jobs::claims::Claim;
use readings::costs;
use schema::paid_calls;
use serde_json::json;
use uuid::Uuid;
use world::TestApp;
use world::app::words_form;

fn some_claim() -> Claim {
    Claim {
        id: Uuid::now_v7(),
        kind: String::new(),
        args: json!({}),
        attempt: 1,
        max_attempts: 3,
        fence: 1,
        worker: String::new(),
        limit_keys: Vec::new(),
        cancel_requested: false,
        redrives: 0,
        waited: std::time::Duration::ZERO,
        trace_parent: None,
    }
}

type Recorded = (Option<String>, Option<Uuid>, Option<Uuid>, i64);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_a_deleted_reading_is_not_made() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let id: Uuid = app
        .post_as_service(words_form("a bird"))
        .await?
        .id()?
        .parse()?;
    let user_id = app.user_id(7).await?;
    let mut conn = app.db().await?;
    for (subject, is_there) in [(id, true), (Uuid::now_v7(), false)] {
        let key = subject.to_string();
        let purpose = Purpose {
            key: &key,
            provider: "x",
            model: "y",
            step: "vision",
            subject: costs::subject(subject),
            find_owner: costs::find_owner,
            user_id,
            reserve_micro_usd: 5,
        };
        let opened = journal::open(&mut conn, &some_claim(), purpose, Budgets::default()).await?;
        let call = match opened {
            Opening::Ask { call, .. } if is_there => call,
            Opening::Ownerless if !is_there => continue,
            opened => anyhow::bail!("{opened:?}"),
        };
        let recorded: Recorded = paid_calls::table
            .find(call)
            .select((
                paid_calls::subject_kind,
                paid_calls::subject_id,
                paid_calls::user_id,
                paid_calls::reserved_micro_usd,
            ))
            .first(&mut conn)
            .await?;
        let wanted = (Some("analysis".to_owned()), Some(subject), Some(user_id), 5);
        assert_eq!(recorded, wanted);
    }
    Ok(())
}
