//! A request with its whole body in memory, and its fields whatever way they were sent.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};

use super::{MAX_BODY, Reply, refused};

/// A request, body read.
pub struct Req {
    /// Verb.
    pub method: Method,
    /// Path as sent, still percent-encoded.
    pub path: String,
    /// Query fields, decoded.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// One file of a multipart body.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Name given by the sender.
    pub file_name: Option<String>,
    /// Content type given by the sender.
    pub mime_type: Option<String>,
    /// Content.
    pub bytes: Bytes,
}

/// Fields of a request: query, then JSON, urlencoded or multipart body on top.
#[derive(Debug, Default)]
pub struct Form {
    /// Plain fields; strings, or any JSON when the body was JSON.
    pub fields: Map<String, Value>,
    /// Files of a multipart body with their field names, as they came.
    pub files: Vec<(String, Upload)>,
}

impl Req {
    /// Reads the body of `request`; the error is the reply to one that is too long.
    pub async fn read(request: hyper::Request<Incoming>) -> Result<Self, Reply> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await;
        let body = body
            .map_err(|e| {
                let why = format!("the body cannot be read: {e}");
                refused(StatusCode::PAYLOAD_TOO_LARGE, why)
            })?
            .to_bytes();
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: parts.headers,
            body,
        })
    }

    /// First query field of that name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// What follows `kind` in the header of the credential, such as `Bearer`.
    pub fn credential(&self, kind: &str) -> Option<&str> {
        let given = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        given.strip_prefix(kind)?.strip_prefix(' ')
    }

    /// Name and password, by Basic.
    pub fn basic(&self) -> Option<(String, String)> {
        let given = BASE64_STANDARD.decode(self.credential("Basic")?).ok()?;
        let given = String::from_utf8(given).ok()?;
        let (name, password) = given.split_once(':')?;
        Some((name.to_owned(), password.to_owned()))
    }

    /// Every field of the request; the error is a sentence for the client.
    pub async fn form(&self) -> Result<Form, String> {
        let mut form = Form::default();
        for (key, value) in &self.query {
            form.fields
                .insert(key.clone(), Value::String(value.clone()));
        }
        let kind = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or("");
        if self.body.is_empty() {
        } else if kind.starts_with("multipart/form-data") {
            self.read_multipart(kind, &mut form).await?;
        } else if kind.starts_with("application/x-www-form-urlencoded")
            // curl calls everything so that it is not told otherwise about.
            && !self.body.starts_with(b"{")
        {
            for (key, value) in url::form_urlencoded::parse(&self.body) {
                form.fields
                    .insert(key.into_owned(), Value::String(value.into_owned()));
            }
        } else {
            let Value::Object(object) = self.json()? else {
                return Err("the body must be a JSON object".into());
            };
            form.fields.extend(object);
        }
        Ok(form)
    }

    /// The body as JSON; the error is a sentence for the client.
    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.body).map_err(|e| format!("the body is not JSON: {e}"))
    }

    async fn read_multipart(&self, kind: &str, form: &mut Form) -> Result<(), String> {
        let wrong = |e: multer::Error| format!("the multipart body is broken: {e}");
        let boundary = multer::parse_boundary(kind).map_err(wrong)?;
        let body = self.body.clone();
        let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
        let mut parts = multer::Multipart::new(stream, boundary);
        while let Some(part) = parts.next_field().await.map_err(wrong)? {
            let Some(name) = part.name().map(str::to_owned) else {
                continue;
            };
            let file_name = part.file_name().map(str::to_owned);
            let mime_type = part.content_type().map(ToString::to_string);
            let bytes = part.bytes().await.map_err(wrong)?;
            if file_name.is_some() {
                let upload = Upload {
                    file_name,
                    mime_type,
                    bytes,
                };
                form.files.push((name, upload));
            } else {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                form.fields.insert(name, Value::String(text));
            }
        }
        Ok(())
    }
}

impl Form {
    /// A field as text: a string, or a number or boolean written out. Empty counts as absent.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(s) if s.is_empty() => None,
            Value::String(s) => Some(s.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// The file of that field.
    pub fn file(&self, name: &str) -> Option<&Upload> {
        let mut files = self.files.iter();
        files.find(|(field, _)| field == name).map(|(_, file)| file)
    }

    /// A field as a whole number, also when it was sent as text.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.fields.get(name)? {
            Value::Number(n) => n.as_i64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        }
    }

    /// A field as a switch; `true`, `True` and `1` are on.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|t| t.eq_ignore_ascii_case("true") || t == "1")
    }

    /// A field as JSON, also when it was sent as text that holds JSON.
    pub fn nested(&self, name: &str) -> Result<Option<Value>, serde_json::Error> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(s)) if s.is_empty() => Ok(None),
            Some(Value::String(s)) => serde_json::from_str(s).map(Some),
            Some(other) => Ok(Some(other.clone())),
        }
    }
}
