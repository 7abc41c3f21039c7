//! Switches and announcements.

use serde_json::json;
use testkit::eventually;
use world::app::words_form;

use super::*;

async fn turns(admin: &Signed<'_>, key: &str, value: Value) -> anyhow::Result<Answer> {
    let path = format!("/v1/admin/settings/{key}");
    admin
        .does(Method::PUT, &path, json!({ "value": value }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_is_turned_is_seen_by_every_process_within_seconds() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let sibling = app.sibling()?;
    let register =
        json!({ "email": "ann@example.org", "password": "four unusual words hang here" });
    let at = async |address: String| {
        let url = format!("http://{address}/v1/auth/register");
        let call = app.world.http.post(url).json(&register);
        Answer::of(call.send().await?).await
    };
    let (own, other) = (app.addr().to_string(), sibling.addr.to_string());
    assert_eq!(at(other.clone()).await?.status, 202);
    let turned = turns(&admin, "sign_up_open", json!(false)).await?;
    assert_eq!((turned.status, &turned.body["value"]), (200, &json!(false)));
    assert_eq!(at(own).await?.refusal(), (403, "E217"));
    eventually(async || Ok((at(other.clone()).await?.status == 403).then_some(()))).await?;
    let line = "SELECT count(*) AS count FROM audit_logs WHERE action = 'switch_turned'
        AND old_value = '{\"key\": \"sign_up_open\", \"value\": true}' AND new_value ->> 'value' = 'false'";
    assert_eq!(app.count(line).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_readings_are_paused_new_ones_are_refused_and_accepted_ones_finished()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    let id = app.post_as_service(words_form("a bird")).await?.id()?;
    turns(&admin, "readings_open", json!(false)).await?;
    let refused = app.post_as_service(words_form("a cat")).await?;
    assert_eq!(refused.refusal(), (503, "E318"));
    app.world
        .chat(7)
        .says("what does the bird mean?", "en")
        .await?;
    eventually(async || {
        let told = "SELECT count(*) AS count FROM jobs WHERE args ->> 'notice' = 'paused'";
        Ok((app.count(told).await? == 1).then_some(()))
    })
    .await?;
    app.drain_jobs().await?;
    let done = format!(
        "SELECT count(*) AS count FROM analysis_history WHERE id = '{id}' AND status = 'completed'"
    );
    assert_eq!(app.count(&done).await?, 1);
    turns(&admin, "readings_open", json!(true)).await?;
    assert_eq!(app.post_as_service(words_form("a cat")).await?.status, 202);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_is_one_of_the_list_and_of_its_type() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    for (key, value, status) in [
        ("sign_up_open", json!("yes"), 400),
        ("sign_up_open", json!(null), 400),
        ("rollout_percent", json!(101), 400),
        ("rollout_percent", json!(12.5), 400),
        ("rollout_percent", json!(12), 200),
        ("of_another", json!(true), 404),
    ] {
        let answer = turns(&admin, key, value.clone()).await?;
        assert_eq!(answer.status, status, "{key} {value}");
    }
    let listed = admin.gets("/v1/admin/settings").await?;
    let all = listed.body["settings"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let of = |key: &str| {
        all.iter()
            .find(|one| one["key"] == key)
            .map(|one| one["value"].clone())
    };
    assert_eq!(of("rollout_percent"), Some(json!(12)));
    assert_eq!(of("sign_up_open"), Some(json!(true)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_is_shown_where_and_while_it_is_meant() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let support = Signed::operator(&app, "support").await?;
    let wish = |audience: &str, from: i64, until: i64| {
        json!({
            "texts": { "en": audience, "ru": "б", "zh": "中" }, "audience": audience,
            "from": Utc::now() + hours(from), "until": Utc::now() + hours(until),
        })
    };
    let path = "/v1/admin/announcements";
    for (audience, from) in [("everyone", -1), ("mini_app", -1), ("web", 1)] {
        let made = support.posts(path, wish(audience, from, 2)).await?;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let shown = async |place: &str| {
        let call = app.request(Method::GET, &format!("/v1/announcements{place}"));
        let answer = Answer::of(call.send().await?).await?;
        let all = answer.body["announcements"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let text = |one: &Value| one["texts"]["en"].as_str().unwrap_or_default().to_owned();
        let mut texts: Vec<_> = all.iter().map(text).collect();
        texts.sort_unstable();
        anyhow::Ok((texts, all))
    };
    assert_eq!(shown("").await?.0, ["everyone"]);
    assert_eq!(shown("?for=mini_app").await?.0, ["everyone", "mini_app"]);
    assert_eq!(shown("?for=web").await?.0, ["everyone"]);
    let id = shown("").await?.1[0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let one = format!("{path}/{id}");
    assert_eq!(support.does(Method::DELETE, &one, None).await?.status, 204);
    assert_eq!(support.does(Method::DELETE, &one, None).await?.status, 404);
    assert_eq!(shown("?for=web").await?.0, [""; 0]);
    // One that has not begun is ended, too.
    let all = support.gets(path).await?.body;
    let all = all["announcements"].as_array().cloned().unwrap_or_default();
    let later = all.iter().find(|one| one["audience"] == "web").cloned();
    let later = later.unwrap_or_default()["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let ended = support
        .does(Method::DELETE, &format!("{path}/{later}"), None)
        .await?;
    assert_eq!(ended.status, 204);
    for wrong in [
        wish("everyone", 0, -1),
        wish("everyone", 3, 2),
        wish("nobody", 0, 1),
    ] {
        assert_eq!(support.posts(path, wrong).await?.status, 400);
    }
    Ok(())
}

/// The places of 7, 8 and 9 in the rollout are 37, 4 and 23.
#[tokio::test(flavor = "multi_thread")]
async fn the_rollout_grows_by_its_percentage_with_who_is_invited_and_0_gives_all_back()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let admin = Signed::operator(&app, "admin").await?;
    app.sql("INSERT INTO rollout_invitations VALUES (7, now())")
        .await?;
    let ours = async || {
        let mut ours = Vec::new();
        for id in [7, 8, 9] {
            let answer = app.get_as_service(&format!("/v1/rollout/{id}")).await?;
            ours.extend((answer.body["handled_by"] == "api").then_some(id));
        }
        anyhow::Ok(ours)
    };
    for (percent, expected) in [
        (1, vec![7]),
        (5, vec![7, 8]),
        (24, vec![7, 8, 9]),
        (0, vec![]),
        (5, vec![7, 8]),
    ] {
        let turned = turns(&admin, "rollout_percent", json!(percent)).await?;
        assert_eq!(turned.status, 200, "{turned:?}");
        assert_eq!(ours().await?, expected, "{percent}");
    }
    let lines = "SELECT count(*) AS count FROM audit_logs WHERE action = 'switch_turned'";
    assert_eq!(app.count(lines).await?, 5);
    Ok(())
}
