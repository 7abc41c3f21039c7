//! The settings of the mailer.

use kernel::env::{ConfigError, Env};
use vendors::mailer::{MailerConfig, SmtpTls, Transport};

fn read(set: &[(&str, &str)]) -> Result<MailerConfig, Vec<String>> {
    let lookup = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut env = Env::new(&lookup);
    let config = MailerConfig::read(&mut env);
    // What makes a deployment of it is told by a weakness.
    env.weakness(&kernel::env::Setting::new("WEAK", "x", ""), "weak");
    env.finish(config).map_err(|ConfigError(faults)| faults)
}

const SMTP: [(&str, &str); 3] = [
    ("EMAIL_TRANSPORT", "smtp"),
    ("EMAIL_FROM", "Symancy <noreply@symancy.example>"),
    ("SMTP_HOST", "127.0.0.1"),
];

#[test]
fn without_settings_nothing_is_sent() {
    assert!(!read(&[]).expect("no fault").sends());
}

#[test]
fn ses_answers_to_the_names_of_the_design_document() {
    let set = [
        ("EMAIL_TRANSPORT", "ses"),
        ("FROM_EMAIL", "noreply@symancy.example"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "an-id"),
        ("AWS_SECRET_ACCESS_KEY", "a-secret"),
        ("SES_ENDPOINT", "http://127.0.0.1:4010/mail"),
    ];
    let config = read(&set).expect("no fault");
    let Transport::Ses(ses) = config.transport else {
        panic!("not SES");
    };
    assert_eq!(config.from, "noreply@symancy.example");
    assert_eq!(
        (ses.region.as_str(), ses.access_key_id.as_str()),
        ("eu-central-1", "an-id")
    );
    assert_eq!(ses.secret_access_key, "a-secret");
}

#[test]
fn a_mail_server_is_reached_by_tls_or_is_on_this_machine() {
    let with = |more: &[(&'static str, &'static str)]| {
        let mut set = more.to_vec();
        set.extend(SMTP);
        read(&set)
    };
    let Ok(MailerConfig {
        transport: Transport::Smtp(smtp),
        ..
    }) = with(&[])
    else {
        panic!("not SMTP");
    };
    assert_eq!((smtp.tls, smtp.port), (SmtpTls::StartTls, 587));
    assert!(with(&[("SMTP_TLS", "none")]).is_ok());
    for (more, blamed) in [
        (
            &[("SMTP_TLS", "none"), ("SMTP_HOST", "smtp.example.com")][..],
            "SMTP_TLS",
        ),
        (&[("SMTP_TLS", "ssl")], "SMTP_TLS"),
        // A deployment, in which weaknesses are faults.
        (&[("SMTP_HOST", "smtp.example.com")], "WEAK"),
        (&[("SMTP_HOST", "")], "SMTP_HOST"),
        (&[("SMTP_USER", "symancy")], "SMTP_PASSWORD"),
        (&[("EMAIL_FROM", "")], "EMAIL_FROM"),
        (&[("EMAIL_FROM", "Symancy")], "EMAIL_FROM"),
        (
            &[("EMAIL_FROM", "a@example.com\nBcc: b@example.com")],
            "EMAIL_FROM",
        ),
        (&[("EMAIL_TRANSPORT", "sendmail")], "EMAIL_TRANSPORT"),
        (&[("SES_TOPIC_ARNS", "symancy-mail")], "SES_TOPIC_ARNS"),
    ] {
        let faults = with(more).err().unwrap_or_default().join("\n");
        assert!(faults.contains(blamed), "{more:?}: {faults}");
    }
}
