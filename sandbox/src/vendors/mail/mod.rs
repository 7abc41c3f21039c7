//! Mail: a server that takes letters for everybody by SMTP (a port of its own) and in the protocol of Amazon SES, and
//! the inbox of each address as a page.

mod mime;
mod page;
mod ses;
mod smtp;

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::Context;
use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::faults::{Kind, Service};
use crate::http::{Answer, Reply, Req, json as reply, with_type};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "mail";

/// Older letters are forgotten.
const KEPT: usize = 500;

/// `RCPT` and `DATA` are SMTP's: a `status` of a fault is its code there.
const CALLS: Service = Service {
    name: NAME,
    operations: &["RCPT", "DATA", "SendEmail"],
    kind: Kind::Calls,
};

static SERVICES: [Service; 1] = [CALLS];

/// All inboxes.
struct Mail {
    world: Arc<World>,
    port: SocketAddr,
    /// Taken when it starts.
    listener: Mutex<Option<TcpListener>>,
    letters: Mutex<VecDeque<Letter>>,
}

/// A letter that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Letter {
    pub id: String,
    pub from: String,
    /// Of the envelope.
    pub to: Vec<String>,
    pub subject: String,
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
    /// RFC 3339.
    pub at: String,
    /// `smtp` or `ses`.
    pub by: String,
}

/// The inboxes with the letters of the last run.
///
/// # Errors
/// The port of SMTP is taken, or its address is none.
pub fn open(world: &Arc<World>) -> anyhow::Result<Arc<dyn Vendor>> {
    let wanted = world.config.address("SANDBOX_SMTP_ADDR", 4012)?;
    let listener = TcpListener::bind(wanted)
        .with_context(|| format!("SMTP cannot listen on {wanted} (SANDBOX_SMTP_ADDR)"))?;
    listener.set_nonblocking(true)?;
    Ok(Arc::new(Mail {
        world: world.clone(),
        port: listener.local_addr()?,
        listener: Mutex::new(Some(listener)),
        letters: Mutex::new(snapshot::load(&world.config, NAME)),
    }))
}

#[async_trait]
impl Vendor for Mail {
    fn name(&self) -> &'static str {
        NAME
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    fn other_addresses(&self) -> Vec<(&'static str, String)> {
        vec![("smtp", self.port.to_string())]
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let req = match Req::read(request).await {
            Ok(req) => req,
            Err(refusal) => return Ok(refusal),
        };
        match (&req.method, path.trim_end_matches('/')) {
            (&Method::POST, "/v2/email/outbound-emails") => ses::send(&self, &req).await,
            (&Method::GET, "") => Ok(page::inbox(&self.wanted(&req), req.query("to"))),
            (&Method::GET, "/templates") => Ok(page::templates()),
            (&Method::GET, path) => Ok(self.page(path).unwrap_or_else(|| not_found(&req.path))),
            _ => Ok(not_found(&req.path)),
        }
    }

    fn controls(&self) -> &'static [&'static str] {
        &["mail"]
    }

    async fn control(self: Arc<Self>, _path: &str, req: Req) -> Reply {
        match req.method {
            Method::GET => reply(&json!({ "letters": self.wanted(&req) })),
            Method::DELETE => {
                self.reset();
                with_type(StatusCode::NO_CONTENT, "text/plain", "")
            }
            _ => not_found(&req.path),
        }
    }

    fn start(self: Arc<Self>) {
        let listener = lock(&self.listener).take();
        if let Some(listener) = listener {
            let mail = self.clone();
            self.world.spawn(smtp::listen(mail, listener));
        }
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.letters()).map(Some)
    }

    fn reset(&self) {
        self.letters().clear();
    }
}

impl Mail {
    /// Never held across an await.
    fn letters(&self) -> MutexGuard<'_, VecDeque<Letter>> {
        lock(&self.letters)
    }

    /// Those to the address that `?to=` names, or all, oldest first.
    fn wanted(&self, req: &Req) -> Vec<Letter> {
        let to = req.query("to");
        let is_wanted = |letter: &&Letter| {
            to.is_none_or(|to| letter.to.iter().any(|one| one.eq_ignore_ascii_case(to)))
        };
        self.letters().iter().filter(is_wanted).cloned().collect()
    }

    /// `/<id>`, `/<id>/html`, or `/templates/<file>`.
    fn page(&self, path: &str) -> Option<Reply> {
        let path = path.strip_prefix('/')?;
        if let Some(file) = path.strip_prefix("templates/") {
            return page::template(file);
        }
        let (id, html) = match path.strip_suffix("/html") {
            Some(id) => (id, true),
            None => (path, false),
        };
        let letters = self.letters();
        let letter = letters.iter().find(|letter| letter.id == id)?;
        Some(match html {
            true => page::untrusted(&letter.html),
            false => page::letter(letter),
        })
    }

    /// Puts a letter into the inboxes of its recipients, and returns its number.
    fn take(&self, by: &str, from: &str, to: Vec<String>, raw: &[u8]) -> String {
        let parts = mime::parse(raw);
        let id = uuid::Uuid::new_v4().simple().to_string();
        let letter = Letter {
            id: id.clone(),
            from: parts.header("From").unwrap_or(from).to_owned(),
            to,
            subject: parts.header("Subject").unwrap_or_default().to_owned(),
            headers: parts.headers,
            text: parts.text,
            html: parts.html,
            at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            by: by.to_owned(),
        };
        let mut letters = self.letters();
        letters.push_back(letter);
        if letters.len() > KEPT {
            letters.pop_front();
        }
        drop(letters);
        self.world.touched();
        id
    }
}
