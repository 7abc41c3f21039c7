//! The bounded log of every call from outside, so that a test can say "the AI was asked exactly
//! twice". Written by the vendors, read by `control`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use crate::faults::Service;

/// Older calls are forgotten; the counts are not.
const KEPT: usize = 2_000;

/// One call as the control API shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Position since the start or the last clearing, from 1.
    pub seq: u64,
    /// Name of the service.
    pub service: &'static str,
    /// Method, step or verb.
    pub method: String,
    /// HTTP status; 0 when no reply went out.
    pub status: u16,
    /// When it arrived, RFC 3339.
    pub at: String,
    /// Arrival to reply.
    pub duration_ms: u64,
    /// Which fault struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// More, by service; for the AI `model`, `step`, `stream`.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

#[derive(Default)]
struct Book {
    next: u64,
    counts: BTreeMap<(&'static str, String), u64>,
    calls: VecDeque<Call>,
}

/// The log.
#[derive(Default)]
pub struct Calls {
    book: Mutex<Book>,
}

/// What `GET /control/calls` answers.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Calls per service since the last clearing.
    pub counts: BTreeMap<&'static str, u64>,
    /// The same per service and method.
    pub methods: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// The newest calls, oldest first.
    pub calls: Vec<Call>,
}

impl Calls {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Opens the entry of one call; it is written when the watch is dropped, whatever happens.
    pub fn watch(&self, service: &Service, method: &str, detail: Value) -> Watch<'_> {
        let call = Call {
            seq: 0,
            service: service.name,
            method: method.to_owned(),
            status: 0,
            at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            duration_ms: 0,
            fault: None,
            detail,
        };
        Watch {
            calls: self,
            call,
            began: Instant::now(),
        }
    }

    /// Counts and calls, all or of one service and method.
    pub fn report(&self, service: Option<&str>, method: Option<&str>) -> Report {
        let book = self.book();
        let wanted = |s: &str, m: &str| {
            service.is_none_or(|w| w == s) && method.is_none_or(|w| w.eq_ignore_ascii_case(m))
        };
        let mut counts = BTreeMap::new();
        let mut methods: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for ((s, m), n) in book.counts.iter().filter(|((s, m), _)| wanted(s, m)) {
            *counts.entry(*s).or_insert(0) += n;
            methods.entry(*s).or_default().insert(m.clone(), *n);
        }
        let calls = book
            .calls
            .iter()
            .filter(|c| wanted(c.service, &c.method))
            .cloned()
            .collect();
        Report {
            counts,
            methods,
            calls,
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.book() = Book::default();
    }
}

/// An open entry of the log.
pub struct Watch<'a> {
    calls: &'a Calls,
    call: Call,
    began: Instant,
}

impl Watch<'_> {
    /// The method the entry was opened with.
    pub fn method(&self) -> &str {
        &self.call.method
    }

    /// Notes the fault that struck.
    pub fn fault(&mut self, fault: Option<&'static str>) {
        self.call.fault = fault;
    }

    /// Notes the status of the reply.
    pub fn answered(&mut self, status: u16) {
        self.call.status = status;
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut call = self.call.clone();
        call.duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut book = self.calls.book();
        book.next += 1;
        call.seq = book.next;
        *book
            .counts
            .entry((call.service, call.method.clone()))
            .or_insert(0) += 1;
        book.calls.push_back(call);
        if book.calls.len() > KEPT {
            book.calls.pop_front();
        }
    }
}
