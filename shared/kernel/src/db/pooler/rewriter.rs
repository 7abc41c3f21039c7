//! The protocol of Postgres (its manual, chapter "Frontend/Backend Protocol") without named statements.
//!
//! A driver prepares a statement under a name, and uses the name later. A pooler that lends sessions by the transaction
//! may have the two meet in different sessions. So each use is preceded by the statement's text, under no name, in the
//! same group of messages (up to the next `Sync`), which stays in one session. The driver knows nothing of it: the
//! answers to what it has not sent are left out. It costs no round trip, and Postgres some work: it reads and plans the
//! statement with each use.

use std::collections::{HashMap, VecDeque};

/// Messages of the client whose answers come up to one `ReadyForQuery`.
const IN_GROUP: &[u8] = b"PBDCEHSFQ";

/// What is known of one connection.
#[derive(Default)]
pub(super) struct Rewriter {
    /// Whether the first message, which alone has no type, has passed.
    started: bool,
    from_client: Vec<u8>,
    from_server: Vec<u8>,
    /// The text and the types of each statement, by its name.
    statements: HashMap<Vec<u8>, Vec<u8>>,
    /// What the unnamed statement is in this group.
    current: Option<Vec<u8>>,
    /// Whether the newest group goes on.
    open: bool,
    /// For each group that is not answered yet: of each `Parse`, the name that the driver gave; `None`: it knows nothing of it.
    groups: VecDeque<VecDeque<Option<Vec<u8>>>>,
}

impl Rewriter {
    /// Takes bytes of the client, and appends to `out` what the server is to get.
    pub(super) fn client(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut waiting = std::mem::take(&mut self.from_client);
        waiting.extend_from_slice(bytes);
        let mut rest = &waiting[..];
        loop {
            let head = usize::from(self.started);
            let Some((message, after)) = split(rest, head) else {
                break;
            };
            if self.started {
                self.of_client(message[0], &message[5..], out);
            } else {
                out.extend_from_slice(message);
                self.started = true;
            }
            rest = after;
        }
        let passed = waiting.len() - rest.len();
        waiting.drain(..passed);
        self.from_client = waiting;
    }

    /// Takes bytes of the server, and appends to `out` what the client is to get.
    pub(super) fn server(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut waiting = std::mem::take(&mut self.from_server);
        waiting.extend_from_slice(bytes);
        let mut rest = &waiting[..];
        while let Some((message, after)) = split(rest, 1) {
            if self.is_told(message[0]) {
                out.extend_from_slice(message);
            }
            rest = after;
        }
        let passed = waiting.len() - rest.len();
        waiting.drain(..passed);
        self.from_server = waiting;
    }

    /// Whether the client is told of an answer of this type.
    fn is_told(&mut self, kind: u8) -> bool {
        match kind {
            b'1' => {
                let asked = self.groups.front_mut().and_then(VecDeque::pop_front);
                asked != Some(None)
            }
            b'Z' => {
                // What a group with an error did not come to has no statement.
                let refused = self.groups.pop_front().into_iter().flatten().flatten();
                refused.for_each(|name| drop(self.statements.remove(&name)));
                true
            }
            _ => true,
        }
    }

    fn of_client(&mut self, kind: u8, body: &[u8], out: &mut Vec<u8>) {
        if IN_GROUP.contains(&kind) && !self.open {
            self.groups.push_back(VecDeque::new());
            self.open = true;
        }
        match kind {
            b'P' => self.parse(body, out),
            b'B' => self.bind(body, out),
            b'D' if body.first() == Some(&b'S') => {
                self.ready(name(&body[1..]), out);
                write(out, kind, &[b"S\0"]);
            }
            b'C' if body.first() == Some(&b'S') => {
                self.statements.remove(name(&body[1..]));
                self.current = None;
                write(out, kind, &[b"S\0"]);
            }
            _ => write(out, kind, &[body]),
        }
        // `Sync`, a simple query and a call of a function end in `ReadyForQuery`.
        if b"SQF".contains(&kind) {
            self.open = false;
            self.current = None;
        }
    }

    fn parse(&mut self, body: &[u8], out: &mut Vec<u8>) {
        let name = name(body);
        let text = &body[(name.len() + 1).min(body.len())..];
        self.statements.insert(name.to_vec(), text.to_vec());
        self.current = Some(name.to_vec());
        self.note_parse(Some(name.to_vec()));
        write(out, b'P', &[b"\0", text]);
    }

    fn bind(&mut self, body: &[u8], out: &mut Vec<u8>) {
        let portal = &body[..(name(body).len() + 1).min(body.len())];
        let after = &body[portal.len()..];
        let statement = name(after);
        self.ready(statement, out);
        let values = &after[(statement.len() + 1).min(after.len())..];
        write(out, b'B', &[portal, b"\0", values]);
    }

    /// Makes the unnamed statement this one.
    fn ready(&mut self, name: &[u8], out: &mut Vec<u8>) {
        if self.current.as_deref() == Some(name) {
            return;
        }
        // Without a text the server refuses what follows, as it would have refused the name.
        if let Some(text) = self.statements.get(name) {
            write(out, b'P', &[b"\0", text]);
            self.current = Some(name.to_vec());
            self.note_parse(None);
        }
    }

    fn note_parse(&mut self, name: Option<Vec<u8>>) {
        if let Some(group) = self.groups.back_mut() {
            group.push_back(name);
        }
    }
}

/// The first whole message, and what follows it. Its length stands behind `head` bytes, and counts itself.
fn split(bytes: &[u8], head: usize) -> Option<(&[u8], &[u8])> {
    let length = bytes.get(head..)?.first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    // A length that cannot be is the server's to refuse.
    bytes.split_at_checked(head + length.max(4))
}

/// A text up to its zero.
fn name(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0);
    &bytes[..end.unwrap_or(bytes.len())]
}

fn write(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    out.push(kind);
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

#[cfg(test)]
#[path = "rewriter_tests.rs"]
mod tests;
