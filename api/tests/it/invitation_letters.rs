//! Letters of invitations, and the page that they lead to.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use world::TestApp;
use world::app::Answer;
use world::browser::Browser;

use crate::organizations::Person;

const BOB: &str = "bob@example.org";
const PASSWORD: &str = "four unusual words hang here";

/// The `n`-th letter to Bob.
async fn letter(app: &TestApp, n: usize) -> anyhow::Result<Value> {
    let url = app.world.outside(&format!("/control/mail?to={BOB}"));
    eventually(async || {
        let answer: Value = app.world.http.get(&url).send().await?.json().await?;
        Ok(answer["letters"].get(n).cloned())
    })
    .await
}

fn text(letter: &Value) -> &str {
    letter["text"].as_str().unwrap_or_default()
}

/// The address of the page in a letter.
fn page(letter: &Value) -> String {
    let words = text(letter).split_whitespace();
    let mut links = words.filter(|word| word.contains("/auth/"));
    links.next().unwrap_or_default().to_owned()
}

async fn post(app: &TestApp, path: &str, body: Value) -> anyhow::Result<u16> {
    let call = app.request(Method::POST, path).json(&body);
    Ok(call.send().await?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_for_an_address_comes_by_a_letter_and_another_one_when_it_is_sent_again()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let ann = Person::new(&app, 7).await?;
    let named = ann
        .does(
            Method::PATCH,
            "/v1/users/me",
            json!({ "first_name": "Ann <b>" }),
        )
        .await?;
    assert_eq!(named.status, 200, "{named:?}");
    let path = ann.founds("Cup & Co\u{2028}Bcc: x").await?;
    let list = format!("{path}/invitations");
    let wish = json!({ "role": "member", "email": BOB });
    let made = ann.posts(&list, wish).await?;
    let told = letter(&app, 0).await?;
    let subject = told["subject"].as_str().unwrap_or_default();
    assert_eq!(subject, "An invitation to Cup & Co Bcc: x");
    assert!(text(&told).contains("Ann <b> invites you"), "{told}");
    let secret = made.body["token"].as_str().unwrap_or_default();
    assert!(page(&told).ends_with(&format!("/auth/invitation?lang=en#token={secret}")));
    let again = format!("{list}/{}/resend", made.id()?);
    let renewed = ann.posts(&again, None).await?;
    let secret = renewed.body["token"].as_str().unwrap_or_default();
    assert!(page(&letter(&app, 1).await?).ends_with(secret));
    // Not as often as somebody likes, at the expense of the one who gets them.
    let mut slowed = false;
    for _ in 0..9 {
        slowed |= ann.posts(&again, None).await?.refusal() == (429, "E304");
    }
    assert!(slowed);
    // One for any person is a link, and no letter.
    let before = app.count("SELECT count(*) AS count FROM emails").await?;
    ann.invites(&path, "viewer").await?;
    assert_eq!(
        app.count("SELECT count(*) AS count FROM emails").await?,
        before
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_signs_in_on_the_page_comes_back_to_it_and_accepts() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let _worker = app.worker()?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let registered = json!({ "email": BOB, "password": PASSWORD });
    assert_eq!(post(&app, "/v1/auth/register", registered).await?, 202);
    let link = page(&letter(&app, 0).await?);
    let (_, secret) = link.split_once("#token=").unwrap_or_default();
    let proof = json!({ "token": secret, "password": PASSWORD });
    assert_eq!(post(&app, "/v1/auth/verify-email", proof).await?, 204);
    letter(&app, 1).await?;
    let wish = json!({ "role": "viewer", "email": BOB });
    let made = ann.posts(&format!("{path}/invitations"), wish).await?;
    assert_eq!(made.status, 201, "{made:?}");

    let browser = Browser::start().await?;
    browser.open(&page(&letter(&app, 2).await?)).await?;
    browser.shows("organization “Cup & Co” as: viewer").await?;
    browser
        .find("#signed-out a[href*='/auth/sign-in']")
        .await?
        .click()
        .await?;
    browser.find("input[type=email]").await?.types(BOB).await?;
    browser
        .find("input[type=password]")
        .await?
        .types(PASSWORD)
        .await?;
    browser.find("button").await?.click().await?;
    browser.shows("organization “Cup & Co” as: viewer").await?;
    // So far nothing has changed.
    let members = ann.gets(&path).await?;
    assert_eq!(members.body["members"], 1);
    browser
        .find("form:not([hidden]) button[value=accept]")
        .await?
        .click()
        .await?;
    browser.shows("You are a member now.").await?;
    let members = ann.gets(&path).await?;
    assert_eq!(members.body["members"], 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_there_in_three_languages_and_a_link_that_is_over_says_so() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    for (language, title) in [
        ("en", "An invitation"),
        ("ru", "Приглашение"),
        ("zh", "邀请"),
    ] {
        let path = format!("/auth/invitation?lang={language}");
        let page = app.request(Method::GET, &path).send().await?;
        assert_eq!(page.headers()["content-language"], language);
        assert!(page.text().await?.contains(title), "{language}");
    }
    let call = app.request(Method::GET, "/v1/invitations/inv_nothing");
    assert_eq!(
        Answer::of(call.send().await?).await?.refusal(),
        (404, "E601")
    );
    Ok(())
}
