//! The range API of Have I Been Pwned: what is asked, what is found, and what every other answer means.
//!
//! The hash of "password" and the form of an answer are those of its documentation
//! (<https://haveibeenpwned.com/API/v3#PwnedPasswords>).

use testkit::stub::{Reply, Stub, unused_address};
use vendors::ProviderErrorKind as Kind;
use vendors::passwords::{LeakedPasswords, PasswordsConfig, Range, build};

use crate::failure;

/// SHA-1 of "password" is 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8.
const LIST: &str = "003D68EB55068C33ACE09247EE4C639306B:3\r\n\
                    1E4C9B93F3F0682250B6CF8331B7EE68FD8:3730471\r\n\
                    011053FD0102E94D6AE2F8B83D76FAF94F6:0\r\n";

fn list(body: &str) -> Reply {
    Reply::new(200, body.to_owned())
}

#[tokio::test]
async fn five_digits_are_told_and_the_rest_is_looked_for_here() -> anyhow::Result<()> {
    let stub = Stub::start([list(LIST), list(LIST)]).await?;
    let passwords = Range::new(&stub.url)?;
    assert!(passwords.has("password").await?);
    // "hello" is AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D: another rest.
    assert!(!passwords.has("hello").await?);
    let received = stub.received();
    assert_eq!(received[0].path, "/range/5BAA6");
    assert_eq!(received[1].path, "/range/AAF4C");
    assert_eq!(received[0].header("add-padding"), "true");
    assert!(received[0].body.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_there_to_fill_an_answer_is_no_leak() -> anyhow::Result<()> {
    let padded = LIST.replace("3730471", "0");
    let stub = Stub::start([list(&padded), list(""), list(&LIST.to_lowercase())]).await?;
    let passwords = Range::new(&stub.url)?;
    assert!(!passwords.has("password").await?);
    assert!(!passwords.has("password").await?);
    assert!(passwords.has("password").await?, "digits of either case");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_a_failure_and_gives_no_hash_away() -> anyhow::Result<()> {
    for (reply, kind) in [
        (list("<html>a page</html>"), Kind::Protocol),
        (
            list("1E4C9B93F3F0682250B6CF8331B7EE68FD8:many"),
            Kind::Protocol,
        ),
        (Reply::new(200, vec![0xff, 0xfe]), Kind::Protocol),
        (Reply::new(503, ""), Kind::Transient),
        (Reply::new(429, ""), Kind::RateLimited(None)),
        (Reply::new(403, ""), Kind::Auth),
        (Reply::new(302, ""), Kind::Protocol),
    ] {
        let stub = Stub::start([reply]).await?;
        let answer = Range::new(&stub.url)?.has("password").await;
        assert_eq!(failure(answer, &["5BAA6", "1E4C9"])?, kind);
    }
    let (away, _held) = unused_address()?;
    let answer = Range::new(&away)?.has("password").await;
    assert_eq!(failure(answer, &["5BAA6"])?, Kind::Transient);
    Ok(())
}

#[tokio::test]
async fn without_an_address_no_list_is_asked() -> anyhow::Result<()> {
    let disabled = build(&PasswordsConfig { url: None })?;
    assert!(!disabled.has("password").await?);
    Ok(())
}
