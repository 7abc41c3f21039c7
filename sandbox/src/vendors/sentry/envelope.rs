//! An envelope: a line of JSON about all of it, then of each item a line of JSON and its payload.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::http::Req;

/// The most that an envelope may be when it is unpacked.
const MOST: u64 = 16 * 1024 * 1024;

/// The items of an envelope, `{"type", "payload"}` each; a payload that is not JSON is `null`.
///
/// # Errors
/// It is not well-formed.
pub fn items(req: &Req) -> Result<Vec<Value>, &'static str> {
    let body = unpacked(req)?;
    let (_, mut rest) = line(&body);
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (header, behind) = line(rest);
        if header.is_empty() {
            rest = behind;
            continue;
        }
        let header: Value = serde_json::from_slice(header).map_err(|_| "an item has no header")?;
        let (payload, behind) = payload(&header, behind)?;
        let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
        items.push(json!({ "type": header["type"], "payload": payload }));
        rest = behind;
    }
    Ok(items)
}

fn unpacked(req: &Req) -> Result<Vec<u8>, &'static str> {
    let packed = req.headers.get("content-encoding");
    if packed.is_none_or(|packed| packed != "gzip") {
        return Ok(req.body.to_vec());
    }
    let mut body = Vec::new();
    let unpacked = GzDecoder::new(&req.body[..])
        .take(MOST)
        .read_to_end(&mut body);
    unpacked.map_err(|_| "it is not gzip")?;
    Ok(body)
}

/// The first line, and what is behind it.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

/// A payload, which is as long as its header says or else a line, and what is behind it.
fn payload<'a>(header: &Value, bytes: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), &'static str> {
    let Some(length) = header["length"].as_u64() else {
        return Ok(line(bytes));
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    bytes.split_at_checked(length).ok_or("an item is cut off")
}
