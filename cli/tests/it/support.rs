//! Requests of persons: `symancy support`.

use testkit::eventually;
use world::TestApp;

use crate::stage::{command, type_in_group};

const ROWS: &str = "
    INSERT INTO support_requests (id, user_id, chat_id, words)
        SELECT gen_random_uuid(), id, 7, 'Where is my month?' FROM users;
    INSERT INTO payments (id, user_id, provider, tier, amount, currency, external_id, payer)
        SELECT gen_random_uuid(), id, 'telegram_stars', 'BASIC', 150, 'XTR', 'charge-9', 8 FROM users";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_listed_shown_answered_once_and_then_closed() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let chat = app.world.chat(7);
    chat.says("/start", "en").await?;
    eventually(async || Ok((app.rows().await?.2 > 0).then_some(()))).await?;
    app.sql(ROWS).await?;
    let list = type_in_group(&app.world, "support", "list").await?;
    assert!(list.out.contains("Where is my month?"), "{list:?}");
    let show = type_in_group(&app.world, "support", "show 1").await?;
    assert!(
        show.out
            .contains("150 ⭐  BASIC  pending  charge-9  paid by 8"),
        "{show:?}"
    );
    let answer = || {
        let words = ["support", "answer", "1", "It is there <now>."];
        let mut command = command(&app.world);
        command.args(words);
        command
    };
    assert_eq!(answer().output().await?.status.code(), Some(0));
    let again = answer().output().await?;
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr)?.contains("Request 1 is closed already."));
    let _worker = app.worker()?;
    let told = chat.page("Answer to your request 1").await?;
    assert!(told.text.contains("It is there <now>."), "{told:?}");
    let all = type_in_group(&app.world, "support", "list --all --json").await?;
    assert_eq!(all.json()?[0]["answer"], "It is there <now>.");
    let none = type_in_group(&app.world, "support", "close 9").await?;
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("There is no request 9"), "{none:?}");
    let noted = "SELECT count(*) AS count FROM audit_logs
                 WHERE action = 'support_answered' AND actor = 'operator' AND new_value ->> 'by' LIKE 'tester@%'";
    assert_eq!(app.count(noted).await?, 1);
    Ok(())
}
