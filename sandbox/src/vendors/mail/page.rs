//! The inboxes as pages. A letter's HTML is a stranger's: it is shown in a frame that runs nothing and fetches nothing.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use hyper::StatusCode;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue};

use super::Letter;
use crate::http::{Reply, html, with_type};

/// All letters of the product as its tests keep them.
const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mail");

const STYLE: &str = "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:54em;\
    margin:2em auto;padding:0 1em}a{color:inherit}table{border-collapse:collapse;width:100%}\
    td,th{text-align:left;padding:.4em .8em .4em 0;border-bottom:1px solid #8884;vertical-align:top}\
    iframe{width:100%;height:34em;border:1px solid #8884;border-radius:8px;background:#fff}\
    pre{white-space:pre-wrap;border:1px solid #8884;border-radius:8px;padding:1em}\
    small,th{opacity:.7;font-weight:400}</style>";

fn page(title: &str, body: &str) -> Reply {
    html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{0}</title>{STYLE}<p><a href=/>Chat</a> · <a href=/mail>All letters</a> · \
         <a href=/mail/templates>Templates</a></p><h1>{0}</h1>{body}",
        escaped(title)
    ))
}

/// The letters to an address, or all, the newest first.
pub fn inbox(letters: &[Letter], to: Option<&str>) -> Reply {
    let mut body = String::new();
    let addresses: BTreeSet<&String> = letters.iter().flat_map(|letter| &letter.to).collect();
    for address in addresses {
        let link: String = url::form_urlencoded::byte_serialize(address.as_bytes()).collect();
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            "<a href=\"/mail?to={link}\">{}</a> ",
            escaped(address)
        );
    }
    body.push_str("<table><tr><th>When<th>To<th>Subject");
    for letter in letters.iter().rev() {
        let _ = write!(
            body,
            "<tr><td><small>{}</small><td>{}<td><a href=\"/mail/{}\">{}</a>",
            escaped(&letter.at),
            escaped(&letter.to.join(", ")),
            letter.id,
            escaped(&letter.subject)
        );
    }
    body.push_str("</table>");
    if letters.is_empty() {
        body.push_str("<p>No letters yet.");
    }
    page(to.unwrap_or("Inbox"), &body)
}

/// One letter: both parts and all headers.
pub fn letter(letter: &Letter) -> Reply {
    let mut headers = String::new();
    for (name, value) in &letter.headers {
        let _ = write!(headers, "<tr><th>{}<td>{}", escaped(name), escaped(value));
    }
    let body = format!(
        "<p>{} → {}</p><iframe sandbox title=\"The HTML part\" src=\"/mail/{}/html\"></iframe>\
         <h2>Text</h2><pre>{}</pre><h2>Headers</h2><table>{headers}</table>",
        escaped(&letter.from),
        escaped(&letter.to.join(", ")),
        letter.id,
        escaped(&letter.text)
    );
    page(&letter.subject, &body)
}

/// A stranger's HTML.
pub fn untrusted(text: &str) -> Reply {
    let mut reply = html(text.to_owned());
    let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let headers = reply.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    reply
}

/// Every letter that the product can write, in every language.
pub fn templates() -> Reply {
    let mut names: Vec<String> = fs::read_dir(TEMPLATES)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let mut body = String::new();
    for name in names {
        let _ = write!(
            body,
            "<a href=\"/mail/templates/{0}\">{0}</a><br>",
            escaped(&name)
        );
    }
    page("Templates", &body)
}

/// One of them.
pub fn template(name: &str) -> Option<Reply> {
    let is_name = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.');
    let text = is_name.then(|| fs::read_to_string(format!("{TEMPLATES}/{name}")).ok())??;
    Some(match name.ends_with(".html") {
        true => untrusted(&text),
        false => with_type(StatusCode::OK, "text/plain; charset=utf-8", text),
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
