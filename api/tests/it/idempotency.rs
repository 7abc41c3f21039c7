//! The same request a second time.

use std::time::Duration;

use audit::model::Origin;
use diesel_async::SimpleAsyncConnection;
use people::idempotency::queries::{Begun, begin, finish};
use readings::accept::{Accepted, Remembered, accept};
use readings::jobs::Interpret;
use readings::model::{FocusArea, InputType, NewAnalysis};
use reqwest::Method;
use reqwest::multipart::Form;
use testkit::eventually;
use testkit::pictures::{coffee_cup, drawn_cup};
use uuid::Uuid;
use world::app::{photo_form, words_form};
use world::{N8N_KEY, TestApp};

struct Raw {
    status: u16,
    replayed: bool,
    location: String,
    body: Vec<u8>,
}

impl Raw {
    fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

async fn post(app: &TestApp, key: &str, form: Form) -> anyhow::Result<Raw> {
    let call = app
        .request(Method::POST, "/v1/analyses")
        .header("X-API-Key", N8N_KEY);
    let call = call.header("Idempotency-Key", key);
    let response = call
        .multipart(form.text("telegram_user_id", "7"))
        .send()
        .await?;
    let header = |name: &str| {
        let value = response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    Ok(Raw {
        status: response.status().as_u16(),
        replayed: header("idempotency-replayed") == "true",
        location: header("location"),
        body: response.bytes().await?.to_vec(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_gives_the_same_answer_byte_for_byte() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let first = post(&app, "a-key", photo_form(coffee_cup())).await?;
    assert_eq!((first.status, first.replayed), (202, false));
    app.drain_jobs().await?;
    // Another boundary each time, and the key quoted as the draft has it.
    for key in ["a-key", "\"a-key\""] {
        let again = post(&app, key, photo_form(coffee_cup())).await?;
        assert_eq!((again.status, again.replayed), (202, true));
        assert_eq!(
            (&again.body, &again.location),
            (&first.body, &first.location)
        );
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM analysis_history")
            .await?,
        1
    );
    assert_eq!(app.count("SELECT day_used AS count FROM meters").await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_body_is_422_and_of_another_caller_is_another_key()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    post(&app, "a-key", photo_form(coffee_cup())).await?;
    for other in [
        photo_form(drawn_cup(1)),
        photo_form(coffee_cup()).text("focus_area", "career"),
        photo_form(coffee_cup()).text("message_id", "5"),
        words_form("A bird"),
    ] {
        let refused = post(&app, "a-key", other).await?;
        assert_eq!((refused.status, refused.code().as_str()), (422, "E604"));
    }
    let me = app.world.chat(7).init_data().await?;
    let call = app
        .request(Method::POST, "/v1/analyses")
        .header("X-Telegram-Init-Data", &me);
    let call = call
        .header("Idempotency-Key", "a-key")
        .multipart(words_form("A bird"));
    assert_eq!(call.send().await?.status(), 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_works_and_the_others_are_told_to_wait_or_get_its_answer()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let calls = (0..20).map(async |_| post(&app, "a-key", words_form("A bird")).await);
    let answers = futures_util::future::try_join_all(calls).await?;
    let fresh = answers
        .iter()
        .filter(|one| one.status == 202 && !one.replayed)
        .count();
    assert_eq!(fresh, 1);
    for one in &answers {
        assert!(
            one.status == 202 || (one.status == 409 && one.code() == "E605"),
            "{} {}",
            one.status,
            one.code()
        );
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM analysis_history")
            .await?,
        1
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_holder_died_is_taken_over_and_its_late_answer_is_not_written()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let mut conn = app.db().await?;
    let print = [7; 32];
    // Dead: nothing of its work was committed, and its time is over.
    let dead = begin(&mut conn, "key:x", "k", &print, Duration::ZERO).await?;
    let Begun::Fresh(dead) = dead else {
        panic!("{dead:?}")
    };
    let heir = begin(&mut conn, "key:x", "k", &print, Duration::from_secs(60)).await?;
    let Begun::Fresh(heir) = heir else {
        panic!("{heir:?}")
    };
    let third = begin(&mut conn, "key:x", "k", &print, Duration::from_secs(60)).await;
    assert_eq!(third.map_err(|why| why.status()), Err(409));
    let late = finish(&mut conn, &dead, 202, b"late").await;
    assert_eq!(late.map_err(|why| why.status()), Err(409));
    finish(&mut conn, &heir, 202, b"heir").await?;
    let again = begin(&mut conn, "key:x", "k", &print, Duration::ZERO).await?;
    let body = b"heir".to_vec();
    assert_eq!(again, Begun::Answered { status: 202, body });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_whose_key_was_taken_over_is_not_written() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    app.as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    let user_id = app.user_id(7).await?;
    let mut conn = app.db().await?;
    let mut leases = Vec::new();
    for _ in 0..2 {
        let begun = begin(&mut conn, "user:7", "k", &[7; 32], Duration::ZERO).await?;
        let Begun::Fresh(lease) = begun else {
            panic!("{begun:?}")
        };
        leases.push(lease);
    }
    let new = NewAnalysis {
        id: Uuid::now_v7(),
        user_id,
        message_id: None,
        input_type: InputType::Text,
        image_url: None,
        image_size_bytes: None,
        user_text: Some("A bird".to_owned()),
        focus_area: FocusArea::General,
        chat_id: None,
        source_file_id: None,
    };
    let job = Interpret {
        analysis_id: new.id,
        user_id,
    };
    let origin = Origin::own("person");
    let mut accept = async |lease| {
        let body = b"{}";
        let status = 202;
        let remembered = Remembered {
            lease,
            status,
            body,
        };
        accept(&mut conn, &new, &job, &origin, Some(remembered)).await
    };
    let late = accept(&leases[0]).await;
    assert_eq!(late.map_err(|why| why.status()), Err(409));
    let written = "SELECT count(*) AS count FROM (
        SELECT 1 FROM analysis_history UNION ALL SELECT 1 FROM jobs
        UNION ALL SELECT 1 FROM meters UNION ALL SELECT 1 FROM audit_logs WHERE action = 'analysis_created') AS rows";
    assert_eq!(app.count(written).await?, 0);
    let heir = accept(&leases[1]).await?;
    assert!(matches!(heir, Accepted::New { .. }), "{heir:?}");
    assert_eq!(app.count(written).await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_gives_the_key_back() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 0 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let refused = post(&app, "a-key", words_form("A bird")).await?;
    assert_eq!((refused.status, refused.code().as_str()), (402, "E301"));
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let taken = post(&app, "a-key", words_form("A bird")).await?;
    assert_eq!((taken.status, taken.replayed), (202, false));
    for odd in ["", "\"\"", &"k".repeat(256)] {
        let refused = post(&app, odd, words_form("A bird")).await?;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "E105"),
            "{odd:?}"
        );
    }
    Ok(())
}

/// Both wait for the person's usage row, so the second one sees the message only after the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_sent_twice_at_once_with_one_unit_left_is_accepted_twice_as_one_reading()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    for _ in 0..2 {
        app.post_as_service(words_form("a bird")).await?.id()?;
    }
    let mut holder = app.db().await?;
    holder
        .batch_execute("BEGIN; SELECT FROM meters FOR UPDATE")
        .await?;
    let form = || words_form("a fish").text("message_id", "42");
    let waiting = "SELECT count(*) AS count FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let both = async { tokio::try_join!(app.post_as_service(form()), app.post_as_service(form())) };
    let free = async {
        eventually(async || Ok((app.count(waiting).await? == 2).then_some(()))).await?;
        Ok(holder.batch_execute("COMMIT").await?)
    };
    let ((one, other), ()) = tokio::try_join!(both, free)?;
    assert_eq!((one.status, other.status), (202, 202));
    assert_eq!(one.id()?, other.id()?);
    let used = "SELECT day_used AS count FROM meters";
    assert_eq!(app.count(used).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_n8n_sends_again_is_the_same_reading_and_takes_one_unit()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let form = || photo_form(coffee_cup()).text("message_id", "42");
    let calls = (0..8).map(async |_| app.post_as_service(form()).await);
    let answers = futures_util::future::try_join_all(calls).await?;
    let first = answers[0].id()?;
    for answer in &answers {
        assert_eq!((answer.status, answer.id()?), (202, first.clone()));
    }
    assert_eq!(
        app.count("SELECT count(*) AS count FROM analysis_history")
            .await?,
        1
    );
    assert_eq!(app.count("SELECT day_used AS count FROM meters").await?, 1);
    assert_eq!(
        app.world.objects()?.len(),
        1,
        "the photos of the others do not stay"
    );
    app.drain_jobs().await?;
    let later = app.post_as_service(form()).await?;
    assert_eq!(
        (later.id()?, later.body["status"].as_str()),
        (first, Some("completed"))
    );
    Ok(())
}
