//! Pwned Passwords of Have I Been Pwned: the range API, over a list that tests can lengthen.
//! Source: <https://haveibeenpwned.com/API/v3#PwnedPasswords>.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::faults::{ErrorForm, Kind, Service, through};
use crate::http::{Answer, Reply, Req, json as reply, refused, with_type};
use crate::router::not_found;
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};

const NAME: &str = "pwned";

const CALLS: Service = Service {
    name: NAME,
    operations: &["range"],
    kind: Kind::Calls,
};

static SERVICES: [Service; 1] = [CALLS];

/// Leaked from the beginning, with how often: one that is easy to guess, and one that is not.
const LEAKED: [(&str, u64); 2] = [("password", 3_730_471), ("correct horse battery staple", 2)];

/// So many lines has an answer that is filled up; the service itself sends 800 to 1,000.
const PADDED: usize = 800;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The service.
struct Pwned {
    world: Arc<World>,
    state: Mutex<State>,
}

/// What it keeps.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// How often each password has leaked besides, by its hash.
    leaked: BTreeMap<String, u64>,
}

/// The service with the list of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(Pwned {
        world: world.clone(),
        state: Mutex::new(snapshot::load(&world.config, NAME)),
    })
}

#[async_trait]
impl Vendor for Pwned {
    fn name(&self) -> &'static str {
        NAME
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        let req = match Req::read(request).await {
            Ok(req) => req,
            Err(refusal) => return Ok(refusal),
        };
        let Some(prefix) = path.strip_prefix("/range/") else {
            return Ok(not_found(&req.path));
        };
        let watch = self.world.calls.watch(&CALLS, "range", json!(prefix));
        let work = async { Ok(self.range(prefix, &req)) };
        through(&self.world, &CALLS, watch, &Text, work).await
    }

    fn controls(&self) -> &'static [&'static str] {
        &[NAME]
    }

    async fn control(self: Arc<Self>, path: &str, req: Req) -> Reply {
        let form = req.form().await.unwrap_or_default();
        match (req.method.as_str(), path, form.text("password")) {
            ("POST", NAME, Some(password)) => {
                let count = form.int("count").unwrap_or(1);
                let count = u64::try_from(count).unwrap_or_default();
                self.state().leaked.insert(hash(&password), count);
                self.world.touched();
                reply(&json!({ "ok": true }))
            }
            ("GET", NAME, _) => reply(&*self.state()),
            ("POST", NAME, None) => refused(StatusCode::BAD_REQUEST, "`password` is missing"),
            _ => not_found(&req.path),
        }
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.state()).map(Some)
    }

    fn reset(&self) {
        self.state().leaked.clear();
    }
}

impl Pwned {
    /// Never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn range(&self, prefix: &str, req: &Req) -> Reply {
        let is_hex = prefix.len() == 5 && prefix.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_hex || req.method != hyper::Method::GET {
            return Text.failure(400);
        }
        let prefix = prefix.to_ascii_uppercase();
        let state = self.state();
        let own = LEAKED.map(|(password, count)| (hash(password), count));
        let all = state
            .leaked
            .iter()
            .map(|(hash, count)| (hash.clone(), *count));
        let found = own.into_iter().chain(all);
        let found = found.filter_map(|(hash, count)| {
            let rest = hash.strip_prefix(&prefix)?;
            Some(format!("{rest}:{count}"))
        });
        let mut lines: Vec<String> = found.collect();
        let wants = req.headers.get("add-padding");
        if wants.is_some_and(|wants| wants.as_bytes().eq_ignore_ascii_case(b"true")) {
            let missing = PADDED.saturating_sub(lines.len());
            lines.extend((0..missing).map(|_| format!("{}:0", filler())));
        }
        lines.sort_unstable();
        with_type(StatusCode::OK, "text/plain", lines.join("\r\n"))
    }
}

/// SHA-1 in capital digits, as the service has it.
fn hash(password: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    hex::encode_upper(hash.as_ref())
}

/// The rest of a hash that stands for no password.
fn filler() -> String {
    let bytes = [(); 3].map(|()| *uuid::Uuid::new_v4().as_bytes());
    // The lower half of each byte: a version and a variant stand in upper ones.
    let digits = bytes.as_flattened().iter().take(35);
    digits
        .map(|byte| char::from(HEX[usize::from(byte & 15)]))
        .collect()
}

/// Errors are a line of text.
struct Text;

impl ErrorForm for Text {
    fn failure(&self, status: u16) -> Reply {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        with_type(
            status,
            "text/plain",
            "The hash prefix was not in a valid format",
        )
    }

    fn rate_limited(&self, _: u64) -> Reply {
        self.failure(429)
    }
}
