//! SES v2. Errors: <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors>
//! and the common ones; the name is in the header `x-amzn-ErrorType`.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use testkit::stub::{Reply, Stub};
use url::Url;
use vendors::ProviderErrorKind as Kind;
use vendors::mailer::ses::Ses;
use vendors::mailer::{Mailer, SesConfig};

use super::{FROM, message};
use crate::failure;

const SECRET: &str = "wJalrXUtnFEMI-of-the-tests";

fn client(server: &Url) -> anyhow::Result<Ses> {
    let config = SesConfig {
        endpoint: Some(server.clone()),
        region: "eu-west-1".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: SECRET.to_owned(),
        configuration_set: Some("letters".to_owned()),
        timeout: Duration::from_millis(500),
    };
    Ok(Ses::new(&config, FROM)?)
}

#[tokio::test]
async fn a_letter_is_one_signed_post_and_has_the_number_of_ses() -> anyhow::Result<()> {
    let stub = Stub::start([Reply::json(200, &json!({ "MessageId": "0100-abc" }))]).await?;
    let sent = client(&stub.url)?.send(&message()).await?;
    assert_eq!(sent.id.as_deref(), Some("0100-abc"));
    let call = stub.only()?;
    assert!(
        call.line().starts_with("POST /v2/email/outbound-emails"),
        "{}",
        call.line()
    );
    let signed = call.header("authorization");
    let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-west-1/ses/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(signed.starts_with(scope), "{signed}");
    assert_eq!(call.header("x-amz-date"), "20261130T093000Z");
    let body = call.json()?;
    assert_eq!(body["FromEmailAddress"], FROM);
    assert_eq!(
        body["Destination"]["ToAddresses"],
        json!(["anna@example.com"])
    );
    assert_eq!(body["ConfigurationSetName"], "letters");
    let tag = json!([{ "Name": "email_id", "Value": super::ID }]);
    assert_eq!(body["EmailTags"], tag);
    let raw = body["Content"]["Raw"]["Data"].as_str().expect("a text");
    let raw = String::from_utf8(BASE64_STANDARD.decode(raw)?)?;
    assert!(
        raw.contains("Subject: =?utf-8?") && raw.contains("multipart/alternative"),
        "{raw}"
    );
    assert!(raw.contains("Content-Language: ru"), "{raw}");
    Ok(())
}

fn refused(status: u16, name: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "message": format!("{SECRET} anna@example.com") }),
    )
    .header(
        "x-amzn-errortype",
        format!("{name}:http://internal.amazon.com/coral/"),
    )
}

#[tokio::test]
async fn every_other_answer_means_what_ses_documents() -> anyhow::Result<()> {
    let late = Reply::new(200, "{}").after(Duration::from_secs(5));
    let cut = Reply::json(200, &json!({ "MessageId": "1" })).cut_after(Duration::ZERO);
    let limited = refused(429, "TooManyRequestsException").header("retry-after", "7");
    for (reply, kind) in [
        (refused(400, "MessageRejected"), Kind::Rejected),
        (refused(400, "BadRequestException"), Kind::Rejected),
        (
            refused(400, "MailFromDomainNotVerifiedException"),
            Kind::Auth,
        ),
        (refused(400, "AccountSuspendedException"), Kind::Auth),
        (refused(400, "SendingPausedException"), Kind::Auth),
        (refused(404, "NotFoundException"), Kind::Auth),
        (refused(403, "InvalidSignatureException"), Kind::Auth),
        (
            refused(400, "LimitExceededException"),
            Kind::RateLimited(None),
        ),
        (limited, Kind::RateLimited(Some(Duration::from_secs(7)))),
        (refused(500, "InternalFailure"), Kind::Transient),
        (Reply::html(503), Kind::Transient),
        (Reply::html(200), Kind::Protocol),
        (Reply::json(200, &json!({})), Kind::Protocol),
        (
            Reply::new(302, "").header("location", "https://example.org"),
            Kind::Protocol,
        ),
        (cut, Kind::Interrupted),
        (late, Kind::Timeout),
    ] {
        let stub = Stub::start([reply.clone()]).await?;
        let sent = client(&stub.url)?.send(&message()).await;
        let found = failure(sent, &[SECRET, "anna@example.com"])?;
        assert_eq!(found, kind, "{reply:?}");
    }
    Ok(())
}
