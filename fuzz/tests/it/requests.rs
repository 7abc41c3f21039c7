//! What clients send: headers, parameters and forms.

use actix_multipart::Multipart;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use api::inside::{form, parse_cursor, print_cursor, wait};
use bytes::Bytes;
use futures_util::stream;
use fuzz::Target;
use kernel::Language;
use kernel::networks::network;

use crate::{TEXT, ended, targets};

targets! {
    a_form_is_read_or_refused: Target {
        name: "forms",
        words: &["--X\r\n", "\r\n--X--\r\n", "Content-Disposition: form-data; name=\"image\"; filename=\"\"\r\n\r\n",
                 "Content-Type: image/png\r\n", "name=\"text\"", "name=\"telegram_user_id\"", "\r\n\r\n"],
        largest: 16 * 1024,
        run: multipart,
        ..TEXT
    },
    a_cursor_is_read_as_it_was_printed: Target {
        name: "cursors",
        largest: 256,
        run: cursor,
        ..TEXT
    },
    a_list_of_languages_names_one_that_it_has: Target {
        name: "languages",
        words: &["ru", "en-US", "zh_Hans", ";q=0.1", ";q=0", "*", ","],
        largest: 512,
        run: language,
        ..TEXT
    },
    a_preference_waits_no_longer_than_a_client_may: Target {
        name: "preferences",
        words: &["wait=", "wait=\"5\"", ";", ",", "respond-async", "WAIT = "],
        largest: 512,
        run: preference,
        ..TEXT
    },
    a_network_is_read_as_it_was_printed: Target {
        name: "networks",
        words: &["10.0.0.0/8", "2001:db8::/32", "::ffff:", "/0", "/128", "/33"],
        largest: 128,
        run: cidr,
        ..TEXT
    },
}

/// The body comes in pieces of the size that its first byte says.
fn multipart(bytes: &[u8]) -> String {
    let size = usize::from(bytes.first().copied().unwrap_or(0)) + 1;
    let chunks: Vec<_> = bytes
        .chunks(size)
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("multipart/form-data; boundary=X");
    headers.insert(CONTENT_TYPE, kind);
    let body = Multipart::new(&headers, stream::iter(chunks));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    ended(runtime.expect("a runtime").block_on(form(body)))
}

fn cursor(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let found = parse_cursor(&text);
    if let Some(cursor) = &found {
        let again = parse_cursor(&print_cursor(cursor.created_at, cursor.id)).expect("a cursor");
        assert_eq!((again.created_at, again.id), (cursor.created_at, cursor.id));
    }
    found.is_some().to_string()
}

fn language(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let found = Language::from_accept_language(&text);
    if let Some(language) = found {
        assert!(
            text.to_ascii_lowercase().contains(language.code()),
            "{text}"
        );
    }
    format!("{found:?}")
}

fn preference(bytes: &[u8]) -> String {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return "no header".to_owned();
    };
    let mut headers = HeaderMap::new();
    headers.append(HeaderName::from_static("prefer"), value);
    let waits = wait(&headers);
    assert!(
        waits.is_none_or(|wait| (1..=60).contains(&wait.as_secs())),
        "{waits:?}"
    );
    waits.is_some().to_string()
}

fn cidr(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let found = network(&text);
    if let Ok(found) = &found {
        assert_eq!(network(&found.to_string()).as_ref(), Ok(found));
    }
    // The message quotes what was given.
    found.is_ok().to_string()
}
