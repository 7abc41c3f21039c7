//! Organizations: members, roles, invitations, and that there is always an owner.

use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;
use uuid::Uuid;
use world::app::Answer;
use world::{N8N_KEY, TestApp};

/// A person of the Mini App.
pub(crate) struct Person<'a> {
    app: &'a TestApp,
    init_data: String,
    pub(crate) id: Uuid,
}

impl<'a> Person<'a> {
    pub(crate) async fn new(app: &'a TestApp, telegram_id: i64) -> anyhow::Result<Self> {
        let init_data = app.world.chat(telegram_id).init_data().await?;
        let me = app
            .as_person(&init_data, Method::GET, "/v1/users/me", None)
            .await?;
        let id = me.id()?.parse()?;
        Ok(Self { app, init_data, id })
    }

    pub(crate) async fn does(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Option<Value>>,
    ) -> anyhow::Result<Answer> {
        let body = body.into();
        self.app
            .as_person(&self.init_data, method, path, body)
            .await
    }

    pub(crate) async fn gets(&self, path: &str) -> anyhow::Result<Answer> {
        self.does(Method::GET, path, None).await
    }

    pub(crate) async fn posts(
        &self,
        path: &str,
        body: impl Into<Option<Value>>,
    ) -> anyhow::Result<Answer> {
        self.does(Method::POST, path, body).await
    }

    /// The path of a new organization of theirs.
    pub(crate) async fn founds(&self, name: &str) -> anyhow::Result<String> {
        let made = self
            .posts("/v1/organizations", json!({ "name": name }))
            .await?;
        assert_eq!(made.status, 201, "{made:?}");
        assert_eq!(
            (&made.body["role"], &made.body["members"]),
            (&json!("owner"), &json!(1))
        );
        Ok(format!("/v1/organizations/{}", made.id()?))
    }

    /// The secret of a new invitation.
    pub(crate) async fn invites(&self, to: &str, role: &str) -> anyhow::Result<String> {
        let path = format!("{to}/invitations");
        let made = self.posts(&path, json!({ "role": role })).await?;
        assert_eq!(made.status, 201, "{made:?}");
        Ok(token(&made))
    }

    pub(crate) async fn accepts(&self, token: &str) -> anyhow::Result<Answer> {
        self.posts(&format!("/v1/invitations/{token}/accept"), None)
            .await
    }

    /// Makes another person a member.
    pub(crate) async fn takes_in(
        &self,
        to: &str,
        whom: &Person<'_>,
        role: &str,
    ) -> anyhow::Result<()> {
        let token = self.invites(to, role).await?;
        let joined = whom.accepts(&token).await?;
        assert_eq!((joined.status, &joined.body["role"]), (200, &json!(role)));
        Ok(())
    }

    /// Gives a member a role; the status.
    async fn makes(&self, whom: &Person<'_>, at: &str, role: &str) -> anyhow::Result<Answer> {
        let path = format!("{at}/members/{}", whom.id);
        self.does(Method::PATCH, &path, json!({ "role": role }))
            .await
    }
}

fn token(made: &Answer) -> String {
    made.body["token"].as_str().expect("a secret").to_owned()
}

/// The roles of an organization, by person.
async fn roles(who: &Person<'_>, at: &str) -> anyhow::Result<Vec<(String, String)>> {
    let members = who.gets(&format!("{at}/members")).await?;
    let members = members.body["members"].as_array().expect("a list").clone();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let mut roles: Vec<_> = members
        .iter()
        .map(|one| (text(one, "user_id"), text(one, "role")))
        .collect();
    roles.sort();
    Ok(roles)
}

async fn count(app: &TestApp, of: &str) -> anyhow::Result<i64> {
    app.count(&format!("SELECT count(*) AS count FROM {of}"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_made_named_shown_to_its_members_alone_and_deleted() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let path = ann.founds("  Cup & Co  ").await?;
    let shown = ann.gets(&path).await?;
    assert_eq!(shown.body["name"], "Cup & Co");
    // That it is there, no stranger learns.
    for (method, body) in [
        (Method::GET, None),
        (Method::PATCH, Some(json!({ "name": "x" }))),
        (Method::DELETE, None),
    ] {
        let refused = bob.does(method, &path, body).await?;
        assert_eq!(refused.refusal(), (404, "E601"));
    }
    for name in [String::new(), " ".into(), "x".repeat(101)] {
        let wish = json!({ "name": name });
        assert_eq!(
            ann.does(Method::PATCH, &path, wish).await?.refusal(),
            (400, "E105")
        );
    }
    let renamed = ann
        .does(Method::PATCH, &path, json!({ "name": "Grounds" }))
        .await?;
    assert_eq!(
        (renamed.status, &renamed.body["name"]),
        (200, &json!("Grounds"))
    );
    let all = ann.gets("/v1/organizations").await?;
    assert_eq!(all.body["organizations"][0]["name"], "Grounds");
    assert_eq!(
        bob.gets("/v1/organizations").await?.body["organizations"],
        json!([])
    );
    assert_eq!(ann.does(Method::DELETE, &path, None).await?.status, 204);
    assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"));
    for table in ["members", "accounts WHERE kind = 'organization'"] {
        assert_eq!(count(&app, table).await?, 0, "{table}");
    }
    let lines = "audit_logs WHERE entity_type = 'organization' AND actor = 'person'
                 AND action IN ('organization_created', 'organization_renamed', 'organization_deleted')";
    assert_eq!(count(&app, lines).await?, 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_a_person_is_no_organization() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    for path in ["", "/members", "/invitations"] {
        let path = format!("/v1/organizations/{}{path}", ann.id);
        assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"), "{path}");
    }
    for id in ["x", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("/v1/organizations/{id}");
        assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn showing_an_invitation_uses_nothing_up_and_it_is_good_once() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let [ann, bob, eve] = [
        Person::new(&app, 7).await?,
        Person::new(&app, 8).await?,
        Person::new(&app, 9).await?,
    ];
    let path = ann.founds("Cup & Co").await?;
    let token = ann.invites(&path, "member").await?;
    let page = format!("/v1/invitations/{token}");
    for _ in 0..3 {
        // What opens the links of a mail has no credential.
        let shown = Answer::of(app.request(Method::GET, &page).send().await?).await?;
        assert_eq!(shown.status, 200, "{shown:?}");
        assert_eq!(shown.body["organization"], "Cup & Co");
        assert_eq!(shown.body["role"], "member");
        let head = app.request(Method::HEAD, &page).send().await?;
        assert_ne!(head.status(), 500);
    }
    assert_eq!(bob.accepts(&token).await?.status, 200);
    let digits = &token[4..];
    let stored = format!("invitations AS i WHERE i::text LIKE '%{digits}%'");
    assert_eq!(count(&app, &stored).await?, 0);
    for again in [&bob, &eve] {
        assert_eq!(again.accepts(&token).await?.refusal(), (410, "E611"));
    }
    let made_up = format!("inv_{}", "a".repeat(32));
    assert_eq!(eve.accepts(&made_up).await?.refusal(), (404, "E601"));
    assert_eq!(roles(&ann, &path).await?.len(), 2);
    let second = ann.invites(&path, "viewer").await?;
    // A member already: the invitation is for somebody else.
    assert_eq!(bob.accepts(&second).await?.refusal(), (409, "E602"));
    let declined = eve
        .posts(&format!("/v1/invitations/{second}/decline"), None)
        .await?;
    assert_eq!(declined.status, 204);
    assert_eq!(eve.accepts(&second).await?.refusal(), (410, "E611"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_accept_one_invitation_at_once_one_gets_in() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let mut crowd = Vec::new();
    for id in 0..8 {
        crowd.push(Person::new(&app, 100 + id).await?);
    }
    let token = ann.invites(&path, "member").await?;
    let answers = join_all(crowd.iter().map(|one| one.accepts(&token))).await;
    let mut codes = Vec::new();
    for answer in answers {
        codes.push(answer?.status);
    }
    codes.sort_unstable();
    assert_eq!(codes, [200, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(count(&app, "members").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_beside_revoking_ends_in_one_of_both_and_never_in_both() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    for round in 0..6 {
        let (bob, eve) = (
            Person::new(&app, 100 + round).await?,
            Person::new(&app, 200 + round).await?,
        );
        let list = format!("{path}/invitations");
        let made = ann.posts(&list, json!({ "role": "viewer" })).await?;
        let token = token(&made);
        let before = count(&app, "members").await?;
        let one = format!("{list}/{}", made.id()?);
        let (first, revoked, second) = tokio::join!(
            bob.accepts(&token),
            ann.does(Method::DELETE, &one, None),
            eve.accepts(&token)
        );
        let (first, revoked, second) = (first?.status, revoked?.status, second?.status);
        let joined = [first, second].iter().filter(|code| **code == 200).count();
        assert_eq!(
            joined,
            usize::from(revoked == 410),
            "{first} {revoked} {second}"
        );
        assert!(revoked == 204 || revoked == 410);
        let grown = count(&app, "members").await? - before;
        assert_eq!(grown, i64::try_from(joined)?);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_for_an_address_is_for_who_has_proved_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let path = ann.founds("Cup & Co").await?;
    let list = format!("{path}/invitations");
    let wish = json!({ "role": "member", "email": "Bob@Example.org" });
    let made = ann.posts(&list, wish.clone()).await?;
    assert_eq!(
        (made.status, &made.body["email"]),
        (201, &json!("Bob@example.org"))
    );
    assert_eq!(ann.posts(&list, wish).await?.refusal(), (409, "E602"));
    assert_eq!(bob.accepts(&token(&made)).await?.refusal(), (403, "E204"));
    let claims = |proved: &str| {
        format!(
            "INSERT INTO identities (user_id, provider, subject, spelling, verified_at)
             VALUES ('{}', 'email', 'bob@example.org', 'bob@example.org', {proved})",
            bob.id
        )
    };
    app.sql(&claims("NULL")).await?;
    assert_eq!(bob.accepts(&token(&made)).await?.refusal(), (403, "E204"));
    app.sql("UPDATE identities SET verified_at = now() WHERE provider = 'email'")
        .await?;
    assert_eq!(bob.accepts(&token(&made)).await?.status, 200);
    for wrong in ["bob", "@", "a@b\r\nBcc: c@d", "a b@example.org", "<a@b>"] {
        let wish = json!({ "role": "member", "email": wrong });
        assert_eq!(
            ann.posts(&list, wish).await?.refusal(),
            (400, "E105"),
            "{wrong}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_sent_again_has_another_secret_and_the_old_one_leads_nowhere()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let path = ann.founds("Cup & Co").await?;
    let list = format!("{path}/invitations");
    let made = ann.posts(&list, json!({ "role": "member" })).await?;
    let again = format!("{list}/{}/resend", made.id()?);
    // Also one that has expired.
    app.sql("UPDATE invitations SET expires_at = now() - interval '1 minute'")
        .await?;
    assert_eq!(bob.accepts(&token(&made)).await?.refusal(), (410, "E611"));
    let renewed = ann.posts(&again, None).await?;
    assert_eq!(renewed.status, 200, "{renewed:?}");
    assert_ne!(token(&renewed), token(&made));
    assert_eq!(bob.accepts(&token(&made)).await?.refusal(), (404, "E601"));
    assert_eq!(bob.accepts(&token(&renewed)).await?.status, 200);
    assert_eq!(ann.posts(&again, None).await?.refusal(), (410, "E611"));
    let open = ann.gets(&list).await?;
    assert_eq!(open.body["invitations"], json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_or_takes_a_role_above_their_own() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let [ann, bob, eve] = [
        Person::new(&app, 7).await?,
        Person::new(&app, 8).await?,
        Person::new(&app, 9).await?,
    ];
    let path = ann.founds("Cup & Co").await?;
    ann.takes_in(&path, &bob, "admin").await?;
    ann.takes_in(&path, &eve, "member").await?;
    for (whom, role) in [(&bob, "owner"), (&eve, "owner"), (&ann, "member")] {
        let refused = bob.makes(whom, &path, role).await?;
        assert_eq!(refused.refusal(), (403, "E204"), "{role}");
    }
    let removes = format!("{path}/members/{}", ann.id);
    assert_eq!(
        bob.does(Method::DELETE, &removes, None).await?.refusal(),
        (403, "E204")
    );
    let invites = bob
        .posts(&format!("{path}/invitations"), json!({ "role": "owner" }))
        .await?;
    assert_eq!(invites.refusal(), (403, "E204"));
    assert_eq!(bob.makes(&eve, &path, "admin").await?.status, 204);
    assert_eq!(eve.makes(&bob, &path, "viewer").await?.status, 204);
    assert_eq!(
        bob.makes(&eve, &path, "viewer").await?.refusal(),
        (403, "E204")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_can_neither_leave_nor_be_demoted_but_give_it_away() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let path = ann.founds("Cup & Co").await?;
    ann.takes_in(&path, &bob, "viewer").await?;
    let leave = format!("{path}/leave");
    assert_eq!(ann.posts(&leave, None).await?.refusal(), (409, "E610"));
    assert_eq!(
        ann.makes(&ann, &path, "admin").await?.refusal(),
        (409, "E610")
    );
    let own = format!("{path}/members/{}", ann.id);
    assert_eq!(
        ann.does(Method::DELETE, &own, None).await?.refusal(),
        (409, "E610")
    );
    let transfer = format!("{path}/transfer");
    let to = |id: Uuid| json!({ "user_id": id });
    assert_eq!(
        ann.posts(&transfer, to(ann.id)).await?.refusal(),
        (400, "E105")
    );
    assert_eq!(
        ann.posts(&transfer, to(Uuid::now_v7())).await?.refusal(),
        (404, "E601")
    );
    assert_eq!(ann.posts(&transfer, to(bob.id)).await?.status, 204);
    let mut wanted = vec![
        (ann.id.to_string(), "admin".to_owned()),
        (bob.id.to_string(), "owner".to_owned()),
    ];
    wanted.sort();
    assert_eq!(roles(&bob, &path).await?, wanted);
    assert_eq!(ann.posts(&leave, None).await?.status, 204);
    assert_eq!(ann.gets(&path).await?.refusal(), (404, "E601"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_who_demote_each_other_or_leave_at_once_one_stays() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    for round in 0..6 {
        let path = ann.founds(&format!("Cup {round}")).await?;
        ann.takes_in(&path, &bob, "owner").await?;
        let leave = format!("{path}/leave");
        let (one, other) = match round % 3 {
            0 => tokio::join!(
                ann.makes(&ann, &path, "viewer"),
                bob.makes(&bob, &path, "viewer")
            ),
            1 => tokio::join!(ann.posts(&leave, None), bob.posts(&leave, None)),
            _ => tokio::join!(
                ann.makes(&bob, &path, "member"),
                bob.makes(&ann, &path, "member")
            ),
        };
        let mut codes = [one?.status, other?.status];
        codes.sort_unstable();
        assert!(
            codes[0] == 204 && [403, 409].contains(&codes[1]),
            "{round}: {codes:?}"
        );
    }
    let without = "accounts WHERE kind = 'organization' AND NOT EXISTS (
        SELECT FROM members WHERE account_id = id AND role = 'owner')";
    assert_eq!(count(&app, without).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_in_the_middle_of_a_request_changes_nothing_any_more() -> anyhow::Result<()>
{
    let app = TestApp::start().await?;
    let [ann, bob, eve] = [
        Person::new(&app, 7).await?,
        Person::new(&app, 8).await?,
        Person::new(&app, 9).await?,
    ];
    let path = ann.founds("Cup & Co").await?;
    ann.takes_in(&path, &bob, "admin").await?;
    ann.takes_in(&path, &eve, "member").await?;
    let mut conn = app.db().await?;
    conn.batch_execute("BEGIN; SELECT FROM accounts WHERE kind = 'organization' FOR UPDATE")
        .await?;
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let removing = async {
        eventually(async || Ok((count(&app, waits).await? > 0).then_some(()))).await?;
        let removed = format!("DELETE FROM members WHERE user_id = '{}'; COMMIT", bob.id);
        conn.batch_execute(&removed).await?;
        anyhow::Ok(())
    };
    // Bob passes the door while he is a member.
    let (refused, removed) = tokio::join!(bob.makes(&eve, &path, "admin"), removing);
    removed?;
    assert_eq!(refused?.refusal(), (404, "E601"));
    assert_eq!(
        count(&app, "members WHERE role = 'member'").await?,
        1,
        "eve is what she was"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_does_not_come_back_by_an_invitation_of_their_own() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let path = ann.founds("Cup & Co").await?;
    ann.takes_in(&path, &bob, "admin").await?;
    let kept = bob.invites(&path, "admin").await?;
    let removed = format!("{path}/members/{}", bob.id);
    assert_eq!(ann.does(Method::DELETE, &removed, None).await?.status, 204);
    assert_eq!(bob.accepts(&kept).await?.refusal(), (410, "E611"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_would_leave_others_without_an_owner_is_not_deleted_until_there_is_one()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let (ann, bob) = (Person::new(&app, 7).await?, Person::new(&app, 8).await?);
    let shared = ann.founds("Shared").await?;
    ann.founds("Hers alone").await?;
    ann.takes_in(&shared, &bob, "viewer").await?;
    let deletion = "/v1/users/me/deletion";
    let sure = json!({ "confirmation_code": "DELETE_MY_DATA" });
    let refused = ann.posts(deletion, sure.clone()).await?;
    assert_eq!(refused.refusal(), (409, "E610"));
    assert_eq!(count(&app, "privacy_requests").await?, 0);
    assert_eq!(ann.makes(&bob, &shared, "owner").await?.status, 204);
    assert_eq!(ann.posts(deletion, sure).await?.status, 202);
    // Meanwhile the other owner steps back: the organization passes to who is next.
    assert_eq!(bob.makes(&bob, &shared, "viewer").await?.status, 204);
    app.drain_jobs().await?;
    assert_eq!(app.count("SELECT count(*) AS count FROM users").await?, 1);
    assert_eq!(
        roles(&bob, &shared).await?,
        [(bob.id.to_string(), "owner".to_owned())]
    );
    let left = "accounts WHERE kind = 'organization' AND name = 'Hers alone'";
    assert_eq!(count(&app, left).await?, 0);
    let inherited = format!(
        "audit_logs WHERE action = 'organization_inherited' AND user_id = '{}' AND actor = 'worker'",
        bob.id
    );
    assert_eq!(count(&app, &inherited).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_of_a_persons_data_names_their_organizations_and_keys() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    ann.founds("Cup & Co").await?;
    let wish = json!({ "name": "my script", "scopes": ["analyses:read"] });
    assert_eq!(ann.posts("/v1/api-keys", wish).await?.status, 201);
    let values = product::FEATURES
        .iter()
        .flat_map(|feature| feature.personal.export.values);
    for value in values.filter(|value| ["organizations", "api_keys"].contains(&value.name)) {
        let query = value.query.replace("$1", &format!("'{}'", ann.id));
        let named = format!(
            "SELECT count(*) AS count FROM ({query}) AS one
             WHERE value::text LIKE '%Cup & Co%' OR value::text LIKE '%my script%'"
        );
        assert_eq!(app.count(&named).await?, 1, "{}", value.name);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_named_only_where_something_is_done_for_it() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let organization = path.rsplit('/').next().unwrap_or_default();
    let as_account = async |path: &str, account: &str| {
        let call = app
            .request(Method::GET, path)
            .header("X-Telegram-Init-Data", &ann.init_data)
            .header("X-Account-Id", account);
        Answer::of(call.send().await?).await
    };
    let own = ann.id.to_string();
    for (path, account, wanted) in [
        ("/v1/users/me", own.as_str(), 200),
        ("/v1/users/me", organization, 403),
        ("/v1/analyses", organization, 403),
        ("/v1/users/me", "x", 400),
        ("/v1/users/me", "00000000-0000-0000-0000-000000000000", 404),
        ("/v1/api-keys", organization, 200),
        ("/v1/api-keys", own.as_str(), 200),
        (path.as_str(), organization, 200),
        (path.as_str(), own.as_str(), 400),
    ] {
        let answer = as_account(path, account).await?;
        assert_eq!(answer.status, wanted, "{path} as {account}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_the_operators_acts_in_organizations_as_the_person_it_names()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let ann = Person::new(&app, 7).await?;
    let path = ann.founds("Cup & Co").await?;
    let named = app.as_seven(Method::GET, &path, Value::Null).await?;
    assert_eq!((named.status, &named.body["role"]), (200, &json!("owner")));
    let call = app
        .request(Method::GET, &path)
        .header("X-API-Key", N8N_KEY)
        .header("X-Telegram-User-Id", "8");
    let other = Answer::of(call.send().await?).await?;
    assert_eq!(other.refusal(), (404, "E601"));
    let nobody = app.get_as_service(&path).await?;
    assert_eq!(nobody.refusal(), (400, "E104"));
    Ok(())
}
