//! The header `traceparent` of W3C Trace Context: which span a piece of work belongs to.
//! Source: <https://www.w3.org/TR/trace-context/#traceparent-header>.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// Its name.
pub const HEADER: &str = "traceparent";

/// The length of version 00, and the least of every later one.
const LENGTH: usize = 55;

/// The bit of the flags that says that the trace is kept.
const SAMPLED: u8 = 1;

/// Reads a value as it came from outside; `None`: it is not well-formed, and a new trace begins.
pub(super) fn read(value: &str) -> Option<SpanContext> {
    let is_lower_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let (known, rest) = value.split_at_checked(LENGTH)?;
    let [version, trace, span, flags] = known.split('-').collect::<Vec<_>>()[..] else {
        return None;
    };
    let lengths = [version, trace, span, flags].map(str::len);
    let is_hex = [version, trace, span, flags].into_iter().all(is_lower_hex);
    // What a later version adds stands behind one more dash.
    let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
    if lengths != [2, 32, 16, 2] || !is_hex || version == "ff" || !ends {
        return None;
    }
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let flags = u8::from_str_radix(flags, 16).ok()? & SAMPLED;
    let flags = TraceFlags::new(flags);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

/// The value that names this span to others.
pub(super) fn written(span: &SpanContext) -> String {
    let sampled = u8::from(span.is_sampled());
    format!("00-{}-{}-{sampled:02x}", span.trace_id(), span.span_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, section 3.2.4.
    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_well_formed_parent_is_read_and_written_as_it_was() {
        let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        for value in [EXAMPLE, unsampled] {
            let read = read(value).expect("well-formed");
            assert!(read.is_remote());
            assert_eq!(written(&read), value);
        }
    }

    #[test]
    fn of_a_later_version_what_this_one_has_is_read() {
        let later = EXAMPLE.replacen("00", "cc", 1);
        for value in [
            later.clone(),
            format!("{later}-what-the-future-will-be-like"),
        ] {
            let read = read(&value).expect("as the specification asks, section 3.2.3");
            assert_eq!(written(&read), EXAMPLE);
        }
    }

    /// After the test suite of the specification, `test/test.py` in w3c/trace-context.
    #[test]
    fn what_is_not_well_formed_is_not_read() {
        let zeros = ["0".repeat(32), "0".repeat(16)];
        for value in [
            String::new(),
            "-".repeat(55),
            EXAMPLE.to_uppercase(),
            EXAMPLE.replacen("00", "ff", 1),
            EXAMPLE.replacen("00", "0", 1),
            EXAMPLE.replacen("4bf9", "4bg9", 1),
            EXAMPLE.replacen("4bf92f3577b34da6a3ce929d0e0e4736", &zeros[0], 1),
            EXAMPLE.replacen("00f067aa0ba902b7", &zeros[1], 1),
            EXAMPLE.replacen("4bf9", "+bf9", 1),
            EXAMPLE.replacen('-', "_", 1),
            format!("{EXAMPLE}-00"),
            format!("{EXAMPLE}."),
            format!("cc{}.what-the-future-will-not-be-like", &EXAMPLE[2..]),
            EXAMPLE[..54].to_owned(),
            format!(" {EXAMPLE}"),
            EXAMPLE.replacen("4bf9", "4б9", 1),
        ] {
            assert!(read(&value).is_none(), "{value}");
        }
    }
}
