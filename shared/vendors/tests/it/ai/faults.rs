//! Every failure, for every vendor: one table, printed with `--nocapture`.
//!
//! A row is what happens; a cell is what the caller gets. The bodies are the vendors' own (their
//! files); `Retry-After` and redirects are those of RFC 9110.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::mpsc;
use vendors::ai::{Finish, Vendor};

use super::{KEY, Speech, call, request, speech, vendor};
use testkit::stub::{Reply, Stub, unused_address};

/// What happens: how the vendor replies, and whether a stream was asked for. `None`: this vendor has no
/// such thing.
type Happens = fn(&Speech) -> Option<(Reply, bool)>;

const LONG: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(50);

fn json((status, body): &(u16, Value)) -> Reply {
    Reply::json(*status, body)
}

fn whole(speech: &Speech) -> Reply {
    Reply::json(200, &speech.whole)
}

fn too_much(content_type: &'static str, line: &str) -> Reply {
    let body = line.repeat(5 * 1024 * 1024 / line.len());
    Reply::new(200, body).header("content-type", content_type)
}

/// In the order of an answer: not reached, refused, accepted and then.
const ROWS: &[(&str, Happens, &str)] = &[
    (
        "accepts and never answers",
        |s| Some((whole(s).after(LONG), false)),
        "Timeout",
    ),
    (
        "the same, asked for a stream",
        |s| Some((s.streamed(&*s.stream).after(LONG), true)),
        "Timeout",
    ),
    (
        "half an answer, then silence",
        |s| Some((whole(s).cut_after(LONG), false)),
        "Timeout",
    ),
    (
        "half a stream, then silence",
        |s| Some((s.streamed(&*s.stream_begun).cut_after(LONG), true)),
        "Timeout",
    ),
    (
        "half an answer, then a cut line",
        |s| Some((whole(s).cut_after(SOON), false)),
        "Interrupted",
    ),
    (
        "half a stream, then a cut line",
        |s| Some((s.streamed(&*s.stream_begun).cut_after(SOON), true)),
        "Interrupted",
    ),
    (
        "a stream without its end",
        |s| Some((s.streamed(&*s.stream_begun), true)),
        "Interrupted",
    ),
    (
        "429 with Retry-After",
        |s| Some((json(&s.rate_limited).header("retry-after", "17"), false)),
        "RateLimited(Some(17s))",
    ),
    (
        "the same, asked for a stream",
        |s| Some((json(&s.rate_limited).header("retry-after", "17"), true)),
        "RateLimited(Some(17s))",
    ),
    (
        "429",
        |s| Some((json(&s.rate_limited), false)),
        "RateLimited(None)",
    ),
    (
        "its own 5xx",
        |s| Some((json(&s.broken), false)),
        "Transient",
    ),
    (
        "a gateway's 500",
        |_| Some((Reply::html(500), false)),
        "Transient",
    ),
    (
        "a gateway's 502",
        |_| Some((Reply::html(502), true)),
        "Transient",
    ),
    (
        "a gateway's 504",
        |_| Some((Reply::html(504), false)),
        "Timeout",
    ),
    (
        "the key is refused",
        |s| Some((json(&s.unauthorized), false)),
        "Auth",
    ),
    (
        "the account may not",
        |_| Some((Reply::new(403, "{}"), false)),
        "Auth",
    ),
    (
        "the model is not there",
        |_| Some((Reply::new(404, "{}"), true)),
        "Withdrawn",
    ),
    (
        "too long for the model",
        |s| Some((json(&s.too_long), false)),
        "TooLong",
    ),
    (
        "a filter's error",
        |s| Some((json(s.filtered.as_ref()?), false)),
        "Refused",
    ),
    (
        "a bad request",
        |_| Some((Reply::new(400, "{}"), false)),
        "Rejected",
    ),
    (
        "a redirect",
        |_| Some((Reply::new(307, "").header("location", "/elsewhere"), false)),
        "Protocol",
    ),
    (
        "a page with 200",
        |_| Some((Reply::html(200), false)),
        "Protocol",
    ),
    (
        "a page instead of a stream",
        |_| Some((Reply::html(200), true)),
        "Protocol",
    ),
    (
        "nothing with 200",
        |_| Some((Reply::new(200, ""), false)),
        "Protocol",
    ),
    (
        "nothing instead of a stream",
        |_| Some((Reply::new(200, ""), true)),
        "Protocol",
    ),
    (
        "garbage",
        |_| Some((Reply::new(200, &b"\x00\xff\xfe garbage"[..]), false)),
        "Protocol",
    ),
    (
        "an answer of 5 MB",
        |_| Some((too_much("application/json", "[[[["), false)),
        "Protocol",
    ),
    (
        "a stream of 5 MB without an event",
        |s| Some((too_much(s.content_type, "no end "), true)),
        "Protocol",
    ),
    (
        "an error inside a 200",
        |s| Some((Reply::json(200, &s.overloaded), false)),
        "Transient",
    ),
    (
        "the same, asked for a stream",
        |s| Some((Reply::json(200, &s.overloaded), true)),
        "Transient",
    ),
    (
        "an error first in a stream",
        |s| Some((s.streamed(&*s.stream_overloaded), true)),
        "Transient",
    ),
    (
        "an error after text in a stream",
        |s| {
            Some((
                s.streamed(format!("{}{}", s.stream_begun, s.stream_overloaded)),
                true,
            ))
        },
        "Interrupted",
    ),
    (
        "half a JSON: the limit",
        |s| Some((Reply::json(200, &s.cut), false)),
        "ok: Length",
    ),
    (
        "half a JSON in a stream: the limit",
        |s| Some((s.streamed(&*s.stream_cut), true)),
        "ok: Length",
    ),
    (
        "it will not answer",
        |s| (!s.refused.is_null()).then(|| (Reply::json(200, &s.refused), false)),
        "ok: Refused",
    ),
    (
        "it stops answering in a stream",
        |s| (!s.stream_refused.is_empty()).then(|| (s.streamed(&*s.stream_refused), true)),
        "ok: Refused",
    ),
    (
        "no count of tokens",
        |s| Some((Reply::json(200, &s.without_usage()), false)),
        "ok: Stop, tokens unknown",
    ),
];

/// What the caller gets, after making sure that it comes soon and contains no secret.
async fn outcome_of(
    speech: &Speech,
    reply: Reply,
    streams: bool,
    (timeout, idle): (Duration, Duration),
) -> anyhow::Result<String> {
    let stub = Stub::start([reply]).await?;
    let (sender, _nobody_listens) = mpsc::unbounded_channel();
    let mut call = call(speech.model, request());
    call.timeout = timeout;
    call.pieces = streams.then_some(sender);
    let asked = Instant::now();
    let result = vendor(speech.vendor, &stub.url, idle)?.complete(call).await;
    assert!(
        asked.elapsed() < Duration::from_secs(15),
        "{:?}",
        asked.elapsed()
    );
    // One call is one call: what is tried again is decided elsewhere.
    stub.only()?;
    Ok(match result {
        Ok(answer) => match (answer.finish, answer.usage) {
            (Finish::Stop, None) => "ok: Stop, tokens unknown".to_owned(),
            (finish, _) => format!("ok: {finish:?}"),
        },
        Err(why) => format!(
            "{:?}",
            crate::failure::<()>(Err(why), &[KEY, "A heart", "nginx"])?
        ),
    })
}

async fn row(
    happens: Happens,
    all: &[Speech],
    patience: (Duration, Duration),
) -> anyhow::Result<Vec<String>> {
    let cells = all.iter().map(|speech| async move {
        match happens(speech) {
            Some((reply, streams)) => outcome_of(speech, reply, streams, patience).await,
            None => Ok("-".to_owned()),
        }
    });
    join_all(cells).await.into_iter().collect()
}

#[tokio::test]
async fn every_vendor_reports_a_failure_alike() -> anyhow::Result<()> {
    let all = speech::all();
    let mut wrong = Vec::new();
    println!("{:<36} {:<24} by", "what happens", "what the caller gets");
    for (what, happens, expected) in ROWS {
        let silent_stream = *what == "half a stream, then silence";
        // Only silence is waited out, and silence inside a stream is noticed long before the end.
        let (timeout, idle) = match *expected {
            "Timeout" if silent_stream => (LONG, Duration::from_millis(300)),
            "Timeout" => (Duration::from_millis(700), LONG),
            _ => (LONG, LONG),
        };
        let cells = row(*happens, &all, (timeout, idle)).await?;
        let mut by = String::new();
        for (speech, cell) in all.iter().zip(cells) {
            if cell == *expected {
                by.push_str(speech.vendor.name());
                by.push(' ');
            } else if cell != "-" {
                wrong.push(format!("{}: {what}: {cell}, not {expected}", speech.vendor));
            }
        }
        println!("{what:<36} {expected:<24} {by}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// A call that never left costs nothing.
#[tokio::test]
async fn an_address_without_a_server_is_transient() -> anyhow::Result<()> {
    for speech in speech::all() {
        let (url, _port) = unused_address()?;
        let call = call(speech.model, request());
        let result = vendor(speech.vendor, &url, LONG)?.complete(call).await;
        let kind = format!("{:?}", crate::failure(result, &[KEY])?);
        assert_eq!(kind, "Transient", "{}", speech.vendor);
    }
    Ok(())
}

/// The text has ended, so the client waits only for the count of tokens, and not for long.
#[tokio::test]
async fn a_stream_that_hangs_after_its_end_is_let_go() -> anyhow::Result<()> {
    let speech = super::openai::speech();
    let text = speech.stream.replace("data: [DONE]\n\n", "");
    // The stub sends a half: the other half is a comment.
    let padded = format!("{text}:{}", " ".repeat(text.len() - 1));
    let stub = Stub::start([speech.streamed(padded).cut_after(LONG)]).await?;
    let mut call = call(speech.model, request());
    let (sender, _nobody_listens) = mpsc::unbounded_channel();
    call.pieces = Some(sender);
    let ai = vendor(Vendor::OpenAi, &stub.url, Duration::from_millis(300))?;
    let answer = ai.complete(call).await?;
    assert_eq!(
        (answer.text.as_str(), answer.tokens()),
        (super::TEXT, Some(42))
    );
    Ok(())
}

/// The key is in a header that no client takes away on the way to another host.
#[tokio::test]
async fn a_redirect_is_not_followed() -> anyhow::Result<()> {
    let elsewhere = Stub::start([Reply::new(200, "{}")]).await?;
    let location: &'static str = Box::leak(elsewhere.url.to_string().into_boxed_str());
    for speech in speech::all() {
        let stub = Stub::start([Reply::new(307, "").header("location", location)]).await?;
        let ai = vendor(speech.vendor, &stub.url, LONG)?;
        let result = ai.complete(call(speech.model, request())).await;
        crate::failure(result, &[KEY])?;
    }
    assert_eq!(elsewhere.received().len(), 0);
    Ok(())
}
