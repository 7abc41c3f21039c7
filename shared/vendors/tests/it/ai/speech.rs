//! The replies of each vendor, and what every vendor's client must make of good ones.

use kernel::env::Env;
use product::config::Config;
use serde_json::Value;
use vendors::ai::{AiConfig, Answer, Finish, Usage, Vendor, Vendors};

use super::{KEY, TEXT, ask, call, request};
use testkit::stub::Reply;

/// A vendor's words. Every answer is `{"text":"Love."}` with 31 tokens in and 11 out.
pub struct Speech {
    pub vendor: Vendor,
    pub model: &'static str,
    /// The model's name in the answers.
    pub answers_as: &'static str,
    pub cost_micro_usd: Option<i64>,
    /// A whole answer.
    pub whole: Value,
    /// Where its usage stands.
    pub usage: &'static str,
    /// The same, cut by the limit in the middle of the JSON.
    pub cut: Value,
    /// The vendor will not answer: as an answer.
    pub refused: Value,
    pub content_type: &'static str,
    /// A stream of `{"te`, `xt":"Lo` and `ve."}`.
    pub stream: String,
    /// Without what follows the second piece.
    pub stream_begun: String,
    /// The same, with an end by the limit.
    pub stream_cut: String,
    /// The same, with an end by refusal.
    pub stream_refused: String,
    /// The error of an overloaded vendor, in a stream or in a 200.
    pub overloaded: Value,
    /// As it stands in a stream.
    pub stream_overloaded: String,
    pub rate_limited: (u16, Value),
    pub unauthorized: (u16, Value),
    pub too_long: (u16, Value),
    /// A refusal to answer, as an error.
    pub filtered: Option<(u16, Value)>,
    pub broken: (u16, Value),
}

impl Speech {
    pub fn streamed(&self, body: impl Into<String>) -> Reply {
        Reply::new(200, body.into()).header("content-type", self.content_type)
    }

    fn expected(&self) -> Answer {
        Answer {
            text: TEXT.to_owned(),
            model: self.answers_as.to_owned(),
            finish: Finish::Stop,
            usage: Some(Usage {
                input_tokens: 31,
                output_tokens: 11,
                cost_micro_usd: self.cost_micro_usd,
            }),
        }
    }

    /// The whole answer without what it used.
    pub fn without_usage(&self) -> Value {
        let mut whole = self.whole.clone();
        if let Some(object) = whole.as_object_mut() {
            object.retain(|name, _| !self.usage.split(' ').any(|usage| usage == name));
        }
        whole
    }
}

/// All of them.
pub fn all() -> Vec<Speech> {
    vec![
        super::openrouter::speech(),
        super::openai::speech(),
        super::azure::speech(),
        super::groq::speech(),
        super::anthropic::speech(),
        super::gemini::speech(),
        super::ollama::speech(),
    ]
}

#[tokio::test]
async fn every_vendors_whole_answer_is_read() -> anyhow::Result<()> {
    for speech in all() {
        let reply = Reply::json(200, &speech.whole);
        let outcome = ask(speech.vendor, reply, call(speech.model, request()), false).await?;
        assert_eq!(outcome.result?, speech.expected(), "{}", speech.vendor);
    }
    Ok(())
}

#[tokio::test]
async fn every_vendors_stream_is_passed_on_in_pieces_and_is_the_same_answer() -> anyhow::Result<()>
{
    for speech in all() {
        let reply = speech.streamed(&*speech.stream);
        let outcome = ask(speech.vendor, reply, call(speech.model, request()), true).await?;
        assert_eq!(outcome.result?, speech.expected(), "{}", speech.vendor);
        assert_eq!(
            outcome.pieces,
            [r#"{"te"#, r#"xt":"Lo"#, r#"ve."}"#],
            "{}",
            speech.vendor
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_vendor_that_answers_whole_where_a_stream_was_asked_for_is_understood()
-> anyhow::Result<()> {
    for speech in all() {
        let declared_as_json = Reply::json(200, &speech.whole);
        let declared_as_nothing = Reply::new(200, speech.whole.to_string());
        for reply in [declared_as_json, declared_as_nothing] {
            let outcome = ask(speech.vendor, reply, call(speech.model, request()), true).await?;
            assert_eq!(outcome.result?, speech.expected(), "{}", speech.vendor);
            assert_eq!(outcome.pieces, [TEXT], "{}", speech.vendor);
        }
    }
    Ok(())
}

/// Never 0, and never a reason to lose an answer.
#[tokio::test]
async fn missing_or_impossible_usage_is_unknown() -> anyhow::Result<()> {
    for speech in all() {
        for nonsense in [None, Some("many"), Some("null")] {
            let mut whole = speech.without_usage();
            if let (Some(object), Some(nonsense)) = (whole.as_object_mut(), nonsense) {
                let usages = speech
                    .usage
                    .split(' ')
                    .map(|name| (name.to_owned(), nonsense.into()));
                object.extend(usages);
            }
            let reply = Reply::json(200, &whole);
            let outcome = ask(speech.vendor, reply, call(speech.model, request()), false).await?;
            let expected = Answer {
                usage: None,
                ..speech.expected()
            };
            assert_eq!(outcome.result?, expected, "{}: {nonsense:?}", speech.vendor);
        }
    }
    Ok(())
}

/// The offline reader needs no key.
#[tokio::test]
async fn a_vendor_without_a_key_is_absent() -> anyhow::Result<()> {
    let set_up = |lookup: &dyn Fn(&str) -> Option<String>| {
        let config = Config::read(&mut Env::new(lookup)).ai;
        anyhow::Ok(Vendors::new(&config)?.names().collect::<Vec<_>>())
    };
    assert_eq!(set_up(&|_| None)?, [Vendor::Offline]);
    let one = set_up(&|name| (name == "GROQ_API_KEY").then(|| "gsk".to_owned()))?;
    assert_eq!(one, [Vendor::Groq, Vendor::Offline]);
    let google = set_up(&|name| (name == "GOOGLE_API_KEY").then(|| "AIza".to_owned()))?;
    assert_eq!(google, [Vendor::Gemini, Vendor::Offline]);
    for (known, address) in [
        ("OLLAMA_BASE_URL", "http://127.0.0.1:11434"),
        ("OLLAMA_HOST", "127.0.0.1"),
    ] {
        let local = set_up(&|name| (name == known).then(|| address.to_owned()))?;
        assert_eq!(local, [Vendor::Ollama, Vendor::Offline]);
    }
    Ok(())
}

/// Neither the key nor what stands before the host.
#[test]
fn no_secret_is_shown_by_the_settings() -> anyhow::Result<()> {
    let server = url::Url::parse(&format!("http://user:{KEY}@127.0.0.1:1/"))?;
    let shown = format!("{:?}", super::config(&server));
    assert!(
        shown.contains("127.0.0.1") && !shown.contains(KEY),
        "{shown}"
    );
    Ok(())
}

/// A key alone does not name the address of Azure's resource.
#[test]
fn a_key_of_azure_without_its_endpoint_is_an_error() {
    let lookup = |name: &str| (name == "AZURE_OPENAI_API_KEY").then(|| KEY.to_owned());
    let mut env = Env::new(&lookup);
    let read = AiConfig::read(&mut env);
    let errors = env.finish(read).map(|_| ()).map_err(|why| why.to_string());
    let errors = errors.expect_err("the endpoint is missing");
    assert!(
        errors.contains("AZURE_OPENAI_ENDPOINT") && !errors.contains(KEY),
        "{errors}"
    );
}
