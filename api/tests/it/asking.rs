//! What is asked for about a reading through the API: answers to questions, and the same cup once more.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::pictures::drawn_cup;
use world::app::{Answer, photo_form};
use world::{N8N_KEY, TestApp};

/// A person with a plan of three readings a day, and one of a cup; their `initData`, and the path of the reading.
async fn read() -> anyhow::Result<(TestApp, String, String)> {
    let app = TestApp::start().await?;
    app.sql("UPDATE plan_limits SET day_limit = 3 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    app.drain_chat().await?;
    let me = chat.init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(drawn_cup(1)))
        .await?
        .id()?;
    app.drain_jobs().await?;
    Ok((app, me, format!("/v1/analyses/{id}")))
}

async fn post(app: &TestApp, me: &str, path: &str, body: Value) -> anyhow::Result<Answer> {
    app.as_person(me, Method::POST, path, Some(body)).await
}

async fn get(app: &TestApp, me: &str, path: &str) -> anyhow::Result<Value> {
    Ok(app.as_person(me, Method::GET, path, None).await?.body)
}

async fn units(app: &TestApp) -> anyhow::Result<i64> {
    app.count("SELECT COALESCE(sum(day_used), 0)::bigint AS count FROM meters")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_by_a_reading_of_its_own_here_and_in_the_chat() -> anyhow::Result<()>
{
    let (app, me, reading) = read().await?;
    let questions = format!("{reading}/questions");
    let none = get(&app, &me, &questions).await?;
    assert_eq!(none, json!({ "data": [], "units_for_next": 1 }));
    let asked = post(&app, &me, &questions, json!({ "text": " Will I travel? " })).await?;
    assert_eq!(
        (asked.status, &asked.body["status"]),
        (202, &json!("pending"))
    );
    let id = asked.id()?;
    assert_eq!(asked.headers["location"], format!("/v1/analyses/{id}"));
    app.drain_jobs().await?;

    let answer = get(&app, &me, &format!("/v1/analyses/{id}")).await?;
    assert_eq!(answer["status"], "completed");
    assert_eq!(answer["text"], "Will I travel?");
    assert_eq!(
        Some(&answer["about"]),
        reading.rsplit('/').next().map(|id| json!(id)).as_ref()
    );
    let intro = answer["analysis"]["intro"].as_str().unwrap_or_default();
    assert!(
        !intro.is_empty() && answer["delivered_at"].is_string(),
        "{answer}"
    );
    let texts = app.world.chat(7).bot_texts().await?;
    assert!(texts.iter().any(|text| text.contains(intro)), "{texts:?}");
    assert_eq!(units(&app).await?, 2);

    post(&app, &me, &questions, json!({ "text": "And alone?" })).await?;
    let both = get(&app, &me, &questions).await?;
    assert_eq!(both["data"][0], answer);
    assert_eq!(
        (
            &both["data"][1]["text"],
            both["data"].as_array().map(Vec::len)
        ),
        (&json!("And alone?"), Some(2))
    );
    // The list has the readings alone.
    let list = get(&app, &me, "/v1/analyses").await?;
    assert_eq!(list["pagination"]["total"], 1);
    assert_eq!(
        (&list["data"][0]["about"], &list["data"][0]["text"]),
        (&Value::Null, &Value::Null)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_counted_a_question_costs_nothing() -> anyhow::Result<()> {
    let (app, me, reading) = read().await?;
    app.sql("UPDATE plan_limits SET day_limit = NULL, month_limit = NULL WHERE unit = 'analyses'")
        .await?;
    let questions = get(&app, &me, &format!("{reading}/questions")).await?;
    assert_eq!(questions["units_for_next"], 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_under_one_key_is_one_also_when_two_come_at_once() -> anyhow::Result<()> {
    let (app, me, reading) = read().await?;
    for (path, body) in [
        (
            format!("{reading}/questions"),
            json!({ "text": "Will I travel?" }),
        ),
        (
            format!("{reading}/again"),
            json!({ "focus_area": "career" }),
        ),
    ] {
        let send = async || {
            let call = app.request(Method::POST, &path).json(&body);
            let call = call.header("X-Telegram-Init-Data", &me);
            Answer::of(call.header("Idempotency-Key", &path).send().await?).await
        };
        let (one, other) = tokio::try_join!(send(), send())?;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!([[202, 202], [202, 409]].contains(&statuses), "{statuses:?}");
        let first = if one.status == 202 { one } else { other };
        let replayed = send().await?;
        assert_eq!(replayed.headers["idempotency-replayed"], "true");
        assert_eq!(replayed.body, first.body);
        let call = app.request(Method::POST, &path);
        let call = call
            .header("X-Telegram-Init-Data", &me)
            .header("Idempotency-Key", &path);
        let changed = match body.get("text") {
            Some(_) => json!({ "text": "Something else?" }),
            None => json!({ "focus_area": "general" }),
        };
        let other = Answer::of(call.json(&changed).send().await?).await?;
        assert_eq!(other.refusal(), (422, "E604"));
    }
    assert_eq!(units(&app).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_cup_is_read_again_about_something_else_without_another_look() -> anyhow::Result<()>
{
    let (app, me, reading) = read().await?;
    let calls = app.world.calls("ai").await?;
    let again = format!("{reading}/again");
    let accepted = post(&app, &me, &again, json!({ "focus_area": "career" })).await?;
    assert_eq!(accepted.status, 202);
    let path = format!("/v1/analyses/{}", accepted.id()?);
    let waits = get(&app, &me, &path).await?;
    assert_eq!(
        waits["progress"],
        json!({ "step": "queued", "done": 3, "total": 4 })
    );
    app.drain_jobs().await?;
    assert_eq!(app.world.calls("ai").await?, calls + 1);
    let read = get(&app, &me, &path).await?;
    assert_eq!(
        (&read["status"], &read["focus_area"]),
        (&json!("completed"), &json!("career"))
    );
    assert!(read["delivered_at"].is_string());
    assert_eq!(units(&app).await?, 2);
    let list = get(&app, &me, "/v1/analyses").await?;
    assert_eq!(list["pagination"]["total"], 2);
    let wrong = post(&app, &me, &again, json!({ "focus_area": "money" })).await?;
    assert_eq!(wrong.refusal(), (400, "E103"));
    let missing = post(&app, &me, &again, json!({})).await?;
    assert_eq!(missing.refusal(), (400, "E104"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused_and_costs_nothing() -> anyhow::Result<()> {
    let (app, me, reading) = read().await?;
    let questions = format!("{reading}/questions");
    for (body, refusal) in [
        (json!({}), (400, "E104")),
        (json!({ "text": "  " }), (400, "E104")),
        (json!({ "text": "я".repeat(4_097) }), (400, "E105")),
        (json!({ "text": "a", "more": 1 }), (400, "E105")),
    ] {
        let refused = post(&app, &me, &questions, body.clone()).await?;
        assert_eq!(refused.refusal(), refusal, "{body}");
    }
    let stranger = app.world.chat(8).init_data().await?;
    let question = json!({ "text": "What of it?" });
    let focus = json!({ "focus_area": "career" });
    for (who, path) in [(&stranger, reading.as_str()), (&me, "/v1/analyses/x")] {
        for (what, body) in [("questions", &question), ("again", &focus)] {
            let refused = post(&app, who, &format!("{path}/{what}"), body.clone()).await?;
            assert_eq!(refused.refusal(), (404, "E601"), "{path}/{what}");
        }
    }
    let none = app
        .as_person(&stranger, Method::GET, &questions, None)
        .await?;
    assert_eq!(none.refusal(), (404, "E601"));

    let answer = post(&app, &me, &questions, question.clone()).await?.id()?;
    let path = format!("/v1/analyses/{answer}");
    for (what, body) in [("questions", &question), ("again", &focus)] {
        let early = post(&app, &me, &format!("{path}/{what}"), body.clone()).await?;
        assert_eq!(
            early.refusal(),
            (409, "E602"),
            "{what} before it is complete"
        );
    }
    app.drain_jobs().await?;
    for (what, body) in [("questions", &question), ("again", &focus)] {
        let about_answer = post(&app, &me, &format!("{path}/{what}"), body.clone()).await?;
        assert_eq!(about_answer.refusal(), (409, "E602"), "{what} of an answer");
    }
    post(&app, &me, &format!("{reading}/again"), focus.clone()).await?;
    assert_eq!(units(&app).await?, 3);
    for (what, body) in [("questions", &question), ("again", &focus)] {
        let limited = post(&app, &me, &format!("{reading}/{what}"), body.clone()).await?;
        assert_eq!(limited.refusal(), (402, "E301"), "{what}");
    }
    app.sql("UPDATE users SET consent_privacy = FALSE").await?;
    for (what, body) in [("questions", &question), ("again", &focus)] {
        let refused = post(&app, &me, &format!("{reading}/{what}"), body.clone()).await?;
        assert_eq!(refused.refusal(), (403, "E205"), "{what}");
    }
    assert_eq!(units(&app).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_despair_are_answered_with_care_and_not_kept() -> anyhow::Result<()> {
    let (app, me, reading) = read().await?;
    let questions = format!("{reading}/questions");
    let despair = json!({ "text": "I want to kill myself" });
    let calls = app.world.calls("ai").await?;
    let id = post(&app, &me, &questions, despair.clone()).await?.id()?;
    app.drain_jobs().await?;
    assert_eq!(app.world.calls("ai").await?, calls);
    let answer = get(&app, &me, &format!("/v1/analyses/{id}")).await?;
    let care = moderation::care(kernel::Language::En);
    assert_eq!(
        (&answer["analysis"]["intro"], &answer["text"]),
        (&json!(care), &Value::Null)
    );
    assert_eq!(units(&app).await?, 1, "it costs nothing");
    let kept = "SELECT count(*) AS count FROM analysis_history WHERE user_text LIKE '%kill%'";
    assert_eq!(app.count(kept).await?, 0);
    let sent = async || {
        let texts = app.world.chat(7).bot_texts().await?;
        Ok::<_, anyhow::Error>(
            texts
                .iter()
                .filter(|text| text.contains("findahelpline.com"))
                .count(),
        )
    };
    assert_eq!(sent().await?, 1);
    // Also where nothing is left, in the chat.
    app.sql("UPDATE plan_limits SET day_limit = 1 WHERE tier = 'FREE' AND unit = 'analyses'")
        .await?;
    let refused = post(&app, &me, &questions, despair).await?;
    assert_eq!(refused.refusal(), (402, "E301"));
    app.drain_jobs().await?;
    assert_eq!(sent().await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_asks_for_a_person_and_questions_go_with_their_reading() -> anyhow::Result<()> {
    let (app, me, reading) = read().await?;
    let call = app.request(Method::POST, &format!("{reading}/questions"));
    let call = call.header("X-API-Key", N8N_KEY);
    let asked = call
        .json(&json!({ "text": "Will I travel?" }))
        .send()
        .await?;
    let id = Answer::of(asked).await?.id()?;
    app.drain_jobs().await?;
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'analysis_created' AND actor LIKE 'key:%'";
    assert_eq!(app.count(noted).await?, 1);
    app.as_person(&me, Method::DELETE, &reading, None).await?;
    let gone = app
        .as_person(&me, Method::GET, &format!("/v1/analyses/{id}"), None)
        .await?;
    assert_eq!(gone.refusal(), (404, "E601"));
    Ok(())
}
