//! Messages as the manual of Postgres describes them ("Message Formats").

use super::Rewriter;

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("short");
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

/// Protocol 3.0, and a user.
fn startup() -> Vec<u8> {
    let body = b"\0\x03\0\0user\0u\0\0";
    let length = u32::try_from(body.len() + 4).expect("short");
    [&length.to_be_bytes()[..], body].concat()
}

fn parse(name: &str, text: &str) -> Vec<u8> {
    message(b'P', format!("{name}\0{text}\0\0\0").as_bytes())
}

fn describe(name: &str) -> Vec<u8> {
    message(b'D', format!("S{name}\0").as_bytes())
}

fn bind(name: &str) -> Vec<u8> {
    message(b'B', format!("\0{name}\0\0\0\0\0\0\0").as_bytes())
}

fn execute() -> Vec<u8> {
    message(b'E', b"\0\0\0\0\0")
}

fn sync() -> Vec<u8> {
    message(b'S', b"")
}

/// A connection that has begun.
fn begun() -> Rewriter {
    let mut rewriter = Rewriter::default();
    let first = startup();
    assert_eq!(sent(&mut rewriter, std::slice::from_ref(&first)), first);
    let ready = message(b'Z', b"I");
    assert_eq!(told(&mut rewriter, std::slice::from_ref(&ready)), ready);
    rewriter
}

fn sent(rewriter: &mut Rewriter, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    rewriter.client(&messages.concat(), &mut out);
    out
}

fn told(rewriter: &mut Rewriter, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    rewriter.server(&messages.concat(), &mut out);
    out
}

#[test]
fn a_statement_is_sent_again_without_a_name_before_each_use() {
    let mut rewriter = begun();
    let prepared = [parse("s1", "SELECT 1"), describe("s1"), sync()];
    let unnamed = [parse("", "SELECT 1"), describe(""), sync()];
    assert_eq!(sent(&mut rewriter, &prepared), unnamed.concat());
    let answers = [
        message(b'1', b""),
        message(b't', b"\0\0"),
        message(b'n', b""),
        message(b'Z', b"I"),
    ];
    assert_eq!(told(&mut rewriter, &answers), answers.concat());

    for _ in 0..2 {
        let used = [bind("s1"), execute(), sync()];
        let unnamed = [parse("", "SELECT 1"), bind(""), execute(), sync()];
        assert_eq!(sent(&mut rewriter, &used), unnamed.concat());
        let answers = [
            message(b'1', b""),
            message(b'2', b""),
            message(b'C', b"SELECT 1\0"),
            message(b'Z', b"I"),
        ];
        assert_eq!(told(&mut rewriter, &answers), answers[1..].concat());
    }
}

#[test]
fn requests_that_are_sent_before_their_answers_each_get_their_own() {
    let mut rewriter = begun();
    let prepared = [parse("a", "A"), sync(), parse("b", "B"), sync()];
    sent(&mut rewriter, &prepared);
    sent(
        &mut rewriter,
        &[bind("a"), bind("b"), bind("b"), sync(), bind("a"), sync()],
    );
    let (parsed, bound, ready) = (message(b'1', b""), message(b'2', b""), message(b'Z', b"I"));
    let failed = message(b'E', b"\0");
    let answers = [
        &[&parsed, &ready, &parsed, &ready][..],
        // The second `Parse` of the group is not reached.
        &[&parsed, &bound, &failed, &ready],
        &[&parsed, &bound, &ready],
    ];
    let wanted = [
        &[&parsed, &ready, &parsed, &ready][..],
        &[&bound, &failed, &ready],
        &[&bound, &ready],
    ];
    let all = |of: &[&[&Vec<u8>]]| {
        of.concat()
            .into_iter()
            .flatten()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&mut rewriter, &[all(&answers)]), all(&wanted));
}

#[test]
fn messages_come_in_pieces_of_any_size_and_other_ones_pass_as_they_are() {
    let mut rewriter = Rewriter::default();
    let others = [
        startup(),
        message(b'p', b"SCRAM-SHA-256\0"),
        message(b'Q', b"BEGIN\0"),
        message(b'Q', b"COPY one FROM STDIN\0"),
        message(b'd', b"1\n"),
        message(b'c', b""),
        message(b'D', b"P\0"),
        message(b'C', b"P\0"),
        parse("", "SELECT 2"),
        bind(""),
        execute(),
        sync(),
        message(b'X', b""),
    ];
    let mut out = Vec::new();
    for byte in others.concat() {
        rewriter.client(&[byte], &mut out);
    }
    assert_eq!(out, others.concat());
}

#[test]
fn a_closed_statement_is_forgotten_and_the_driver_gets_its_answer() {
    let mut rewriter = begun();
    sent(&mut rewriter, &[parse("s1", "A"), sync()]);
    told(&mut rewriter, &[message(b'1', b""), message(b'Z', b"I")]);
    let closed = [message(b'C', b"Ss1\0"), sync()];
    let unnamed = [message(b'C', b"S\0"), sync()];
    assert_eq!(sent(&mut rewriter, &closed), unnamed.concat());
    let answers = [message(b'3', b""), message(b'Z', b"I")];
    assert_eq!(told(&mut rewriter, &answers), answers.concat());
    // Its text is not sent again: the server refuses.
    let used = [bind("s1"), sync()];
    assert_eq!(sent(&mut rewriter, &used), [bind(""), sync()].concat());
}

#[test]
fn the_text_of_a_statement_that_was_refused_is_not_kept() {
    let mut rewriter = begun();
    sent(
        &mut rewriter,
        &[parse("s1", "A"), parse("s2", "wrong"), sync()],
    );
    let refused = [
        message(b'1', b""),
        message(b'E', b"\0"),
        message(b'Z', b"I"),
    ];
    assert_eq!(told(&mut rewriter, &refused), refused.concat());
    let kept: Vec<_> = rewriter.statements.keys().collect();
    assert_eq!(kept, [b"s1"]);
}

#[test]
fn a_long_message_that_comes_in_pieces_is_not_copied_with_each_of_them() {
    let mut rewriter = begun();
    let (long, mut out) = (message(b'd', &vec![7; 1 << 20]), Vec::new());
    let mut pieces = long.chunks(8 << 10);
    rewriter.server(pieces.next().expect("a piece"), &mut out);
    rewriter.from_server.reserve_exact(long.len());
    let place = rewriter.from_server.as_ptr();
    for piece in pieces.by_ref().take(100) {
        rewriter.server(piece, &mut out);
        assert_eq!(rewriter.from_server.as_ptr(), place, "it was copied");
    }
    pieces.for_each(|piece| rewriter.server(piece, &mut out));
    assert_eq!(out, long);
}
