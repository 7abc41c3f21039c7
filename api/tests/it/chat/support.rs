//! `/paysupport`: from the words of a person to the answer of an operator.

use audit::model::Origin;
use bot::support::{self, AnswerRequest};
use jobs::ledger;
use reqwest::Method;
use testkit::eventually;
use world::{TestApp, World};

const KEY: &str = "admin-key-of-the-tests";

const ROWS: &str = "SELECT count(*) AS count FROM support_requests";

async fn writes(app: &TestApp, words: &str, answer: &str) -> anyhow::Result<()> {
    let chat = app.world.chat(7);
    chat.says("/paysupport", "en").await?;
    let asked = "SELECT count(*) AS count FROM dialogues";
    eventually(async || Ok((app.count(asked).await? == 1).then_some(()))).await?;
    chat.says(words, "en").await?;
    chat.waits_for(|text| text.contains(answer)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_gets_a_number_and_the_answer_of_the_admin_page_reaches_the_chat()
-> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", KEY);
    let app = TestApp::start_in(world).await?;
    let _worker = app.worker()?;
    writes(&app, "I paid <twice>", "Request 1 received").await?;
    let browser = |method, path: &str| {
        let request = app.request(method, path).basic_auth("ann", Some(KEY));
        request.header("Sec-Fetch-Site", "same-origin")
    };
    let page = browser(Method::GET, "/admin/support")
        .send()
        .await?
        .text()
        .await?;
    assert!(page.contains("I paid &lt;twice&gt;"), "{page}");
    let answer = [("answer", "Sorry & refunded")];
    let call = browser(Method::POST, "/admin/support/1/answer").form(&answer);
    assert!(
        call.send()
            .await?
            .text()
            .await?
            .contains("The answer is on its way")
    );
    let chat = app.world.chat(7);
    let told = chat.page("Answer to your request 1").await?;
    assert!(told.text.contains("Sorry & refunded"), "{told:?}");
    assert!(told.leads_to("support:ask"), "{told:?}");
    let call = browser(Method::POST, "/admin/support/1/answer").form(&answer);
    assert!(call.send().await?.text().await?.contains("closed already"));
    let noted = "SELECT count(DISTINCT action) AS count FROM audit_logs WHERE entity_type = 'support_request'
                 AND action IN ('support_requested', 'support_answered', 'support_read')";
    assert_eq!(app.count(noted).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_job_runs_twice_stands_in_the_chat_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    writes(&app, "help", "Request 1 received").await?;
    let operator = (&Origin::own("operator"), "ann");
    let mut conn = app.db().await?;
    support::close(&mut conn, 1, Some("Here it is."), operator).await?;
    let chat = app.world.chat(7);
    chat.page("Answer to your request 1").await?;
    let sent = "SELECT count(*) AS count FROM support_requests WHERE answer_sent_at IS NOT NULL";
    eventually(async || Ok((app.count(sent).await? == 1).then_some(()))).await?;
    let request = support::by_number(&mut conn, 1).await?.expect("a request");
    let again = AnswerRequest {
        user_id: request.user_id,
        request_id: request.id,
        chat_id: request.chat_id,
    };
    let ticket = ledger::enqueue(&mut conn, &again).await?;
    app.core.pusher.wake(&[ticket]).await;
    let done = "SELECT count(*) AS count FROM jobs
                WHERE kind = 'notifications.answer_request.v1' AND state = 'done'";
    eventually(async || Ok((app.count(done).await? == 2).then_some(()))).await?;
    let texts = chat.bot_texts().await?;
    let answers = texts.iter().filter(|text| text.contains("Here it is."));
    assert_eq!(answers.count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_despair_get_care_and_are_no_request() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    writes(&app, "I want to kill myself", "findahelpline.com").await?;
    assert_eq!(app.count(ROWS).await?, 0);
    // What is asked for stays so.
    let chat = app.world.chat(7);
    chat.says("the money is gone", "en").await?;
    chat.waits_for(|text| text.contains("Request 1 received"))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_requests_may_be_open_and_one_that_is_not_sent_is_none() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let chat = app.world.chat(7);
    chat.says("/paysupport", "en").await?;
    chat.page("Tell us in one message").await?;
    chat.turns("support:cancel", "nothing was sent").await?;
    for number in 1..=3 {
        writes(&app, "help", &format!("Request {number} received")).await?;
    }
    chat.says("/paysupport", "en").await?;
    chat.page("We still have open requests of yours").await?;
    chat.says("and one more", "en").await?;
    chat.waits_for(|text| text.contains("Send me a photo"))
        .await?;
    assert_eq!(app.count(ROWS).await?, 3);
    Ok(())
}
