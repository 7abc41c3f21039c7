//! What of an address stays, and what goes with its person.

use super::*;
use world::app::words_form;

impl Accounts {
    async fn deletes(&self, token: &str) -> anyhow::Result<()> {
        let body = json!({ "confirmation_code": "DELETE_MY_DATA" });
        let asked = self.as_ann(Method::POST, "/v1/users/me/deletion", token, Some(body));
        assert_eq!(asked.await?.status, 202);
        eventually(async || {
            let done = "privacy_requests WHERE kind = 'deletion' AND status = 'completed'";
            Ok((self.count(done).await? == 1).then_some(()))
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_letter_of_a_registration_goes_with_the_person() -> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up("Ann@example.org").await?;
    assert_eq!(accounts.count("emails WHERE user_id IS NULL").await?, 1);
    let (ann, _) = accounts.signed_in(ANN, PASSWORD).await?;
    accounts.deletes(&ann).await?;
    let left = "emails WHERE template <> 'account_deleted'";
    assert_eq!(accounts.count(left).await?, 0);
    assert_eq!(accounts.count("emails").await?, 1, "the last one");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_proved_an_address_takes_nothing_of_it_along() -> anyhow::Result<()> {
    let accounts = Accounts::start_with(&[("ACCOUNTS_HIDE_EXISTENCE", "false")]).await?;
    let owner = crate::organizations::Person::new(&accounts.app, 7).await?;
    let path = owner.founds("Cup & Co").await?;
    let wish = json!({ "role": "member", "email": ANN });
    let invited = owner.posts(&format!("{path}/invitations"), wish).await?;
    assert_eq!(invited.status, 201, "{invited:?}");
    let (squatter, _) = tokens(&accounts.register(ANN).await?)?;
    accounts.deletes(&squatter).await?;
    assert_eq!(accounts.count("invitations").await?, 1);
    assert_eq!(
        accounts
            .count("emails WHERE template = 'invitation'")
            .await?,
        1
    );
    assert_eq!(accounts.count("abuse_memory").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_used_is_remembered_under_the_address_that_they_give_up()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (ann, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let call = accounts.app.request(Method::POST, "/v1/analyses");
    let call = call
        .bearer_auth(&ann)
        .multipart(words_form("A bird over water"));
    assert_eq!(call.send().await?.status(), 202);
    let used = "meters WHERE unit = 'analyses' AND month_used = 1";
    assert_eq!(accounts.count(used).await?, 1);
    assert_eq!(accounts.moves(&ann, "anna@example.net").await?.status, 204);
    assert_eq!(
        accounts.count("abuse_memory").await?,
        0,
        "no person was deleted"
    );
    // After the week in which it could be taken back.
    accounts.app.sql("DELETE FROM one_time_tokens").await?;
    accounts.register(ANN).await?;
    let link = secret(&accounts.letter(ANN, 3).await?)?;
    assert_eq!(accounts.prove(&link, PASSWORD).await?.status, 204);
    assert_eq!(accounts.count(used).await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_has_proved_an_address_gets_a_letter_when_their_copy_is_ready()
-> anyhow::Result<()> {
    let accounts = Accounts::start().await?;
    accounts.sign_up(ANN).await?;
    let (ann, _) = accounts.signed_in(ANN, PASSWORD).await?;
    let asked = accounts.as_ann(Method::POST, "/v1/users/me/exports", &ann, None);
    assert_eq!(asked.await?.status, 202);
    let told = accounts.letter(ANN, 2).await?;
    assert!(told.contains("copy of your data"), "{told}");
    Ok(())
}
