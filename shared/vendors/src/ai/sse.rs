//! Frames of a stream that is cut into chunks anywhere: the data of server-sent events, and lines of
//! JSON. Called by [`super::client`].
//!
//! Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>
//! and <https://github.com/ndjson/ndjson-spec>. Names and ids of events are passed over: every vendor
//! repeats them in the data.
//!
//! By hand: `eventsource-stream` (last release in 2022) and `sse-stream` read events alone, so that the
//! lines of Ollama would need the cutting of lines here all the same, and both ask for a stream that
//! pulls, where [`super::body`] waits in a way that depends on what has come so far. The bound on a line
//! and on an event is the one on the whole answer, which `body` holds.

/// How a vendor cuts its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Events,
    /// One JSON object a line.
    Lines,
}

/// Puts frames together again.
pub struct Frames {
    framing: Framing,
    lines: Lines,
    /// Data of the event that is not over.
    data: Option<String>,
    at_start: bool,
}

impl Frames {
    pub fn new(framing: Framing) -> Self {
        let lines = Lines {
            bare_cr: framing == Framing::Events,
            ..Lines::default()
        };
        Self {
            framing,
            lines,
            data: None,
            at_start: true,
        }
    }

    /// The frames that end in this chunk.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        let lines = self.lines.push(chunk);
        lines.iter().filter_map(|line| self.line(line)).collect()
    }

    /// The frame that the end of the stream ends. An event needs its blank line, a line does not.
    pub fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.lines.begun);
        match self.framing {
            Framing::Events => None,
            Framing::Lines => self.line(&rest),
        }
    }

    fn line(&mut self, line: &[u8]) -> Option<String> {
        let line = String::from_utf8_lossy(line);
        let mut line = line.as_ref();
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        match self.framing {
            Framing::Lines => Some(line.trim().to_owned()).filter(|line| !line.is_empty()),
            Framing::Events => self.field(line),
        }
    }

    /// One line of an event: a blank one ends it, a colon begins a comment.
    fn field(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            return self.data.take();
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}

/// Cuts bytes into lines. Bytes, because a chunk may end inside a character.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
    /// Whether a CR ends a line.
    bare_cr: bool,
    /// The last byte was a CR: an LF after it belongs to it.
    after_cr: bool,
}

impl Lines {
    fn push(&mut self, chunk: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for &byte in chunk {
            let after_cr = std::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if after_cr => {}
                b'\n' => lines.push(std::mem::take(&mut self.begun)),
                b'\r' if self.bare_cr => {
                    self.after_cr = true;
                    lines.push(std::mem::take(&mut self.begun));
                }
                _ => self.begun.push(byte),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out, if the stream is cut into chunks of `size` bytes.
    fn cut(framing: Framing, stream: &str, size: usize) -> Vec<String> {
        let mut frames = Frames::new(framing);
        let chunks = stream.as_bytes().chunks(size);
        let mut out: Vec<String> = chunks.flat_map(|chunk| frames.push(chunk)).collect();
        out.extend(frames.rest());
        out
    }

    fn comes_out(framing: Framing, stream: &str, expected: &[&str]) {
        for size in 1..=stream.len() {
            assert_eq!(
                cut(framing, stream, size),
                expected,
                "in chunks of {size}: {stream:?}"
            );
        }
    }

    /// The examples of the specification, in its words.
    #[test]
    fn the_examples_of_the_specification_are_read_as_it_says() {
        for (stream, expected) in [
            ("data: YHOO\ndata: +2\ndata: 10\n\n", &["YHOO\n+2\n10"][..]),
            (
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                &["first event", "second event", " third event"],
            ),
            // The last block is not followed by a blank line and is thrown away.
            ("data\n\ndata\ndata\n\ndata:", &["", "\n"]),
            ("data:test\n\ndata: test\n\n", &["test", "test"]),
        ] {
            comes_out(Framing::Events, stream, expected);
        }
    }

    #[test]
    fn all_three_ends_of_a_line_are_known_wherever_a_chunk_ends() {
        for end in ["\n", "\r\n", "\r"] {
            let stream = [
                "event: ping",
                "data: один",
                "data: 二",
                "",
                "data: 3",
                "",
                "",
            ]
            .join(end);
            comes_out(Framing::Events, &stream, &["один\n二", "3"]);
        }
    }

    #[test]
    fn a_byte_order_mark_is_taken_off_the_beginning_and_nowhere_else() {
        comes_out(
            Framing::Events,
            "\u{feff}data: 1\n\ndata: \u{feff}2\n\n",
            &["1", "\u{feff}2"],
        );
    }

    #[test]
    fn comments_and_other_fields_are_passed_over() {
        comes_out(
            Framing::Events,
            ": OPENROUTER PROCESSING\n\nretry: 10\nevent: x\n\ndata: [DONE]\n\n",
            &["[DONE]"],
        );
    }

    #[test]
    fn an_event_that_is_not_over_does_not_count() {
        comes_out(Framing::Events, "data: 1\n\ndata: 2\n", &["1"]);
    }

    #[test]
    fn lines_need_no_end_after_the_last_one() {
        comes_out(
            Framing::Lines,
            "{\"a\":\"é\"}\r\n\n{\"b\":2}",
            &["{\"a\":\"é\"}", "{\"b\":2}"],
        );
    }
}
