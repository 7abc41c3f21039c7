//! Telegram's HTML, good and bad.

use super::parse;

#[test]
fn every_documented_tag_is_understood() {
    let source = "<b>1</b><strong>2</strong><i>3</i><em>4</em><u>5</u><ins>6</ins><s>7</s>\
        <strike>8</strike><del>9</del><span class=\"tg-spoiler\">a</span>\
        <tg-spoiler>b</tg-spoiler><a href=\"https://e.org/?a=1&amp;b=2\">c</a><code>d</code>\
        <pre><code class=\"language-rust\">e</code></pre><blockquote expandable>f</blockquote>";
    let rich = parse(source).expect("parses");
    assert_eq!(rich.text, "123456789abcdef");
    let kinds: Vec<_> = rich.entities.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds.len(), 15, "{kinds:?}");
    assert_eq!(
        rich.entities[11].url.as_deref(),
        Some("https://e.org/?a=1&b=2")
    );
    assert_eq!(rich.entities[13].language.as_deref(), Some("rust"));
    assert_eq!(rich.entities[14].kind, "expandable_blockquote");
}

#[test]
fn broken_markup_is_refused_in_telegrams_words() {
    for (source, why) in [
        (
            "<b>x",
            "Can't find end tag corresponding to start tag \"b\"",
        ),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        (
            "<h1>x</h1>",
            "Unsupported start tag \"h1\" at byte offset 0",
        ),
        (
            "<b><i>x</b></i>",
            "Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\"",
        ),
        ("a <b", "Unclosed start tag at byte offset 2"),
        (
            "<span>x</span>",
            "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0",
        ),
        ("2 < 3", "Unsupported start tag \"\" at byte offset 2"),
    ] {
        assert_eq!(parse(source).expect_err(source), why);
    }
}

#[test]
fn references_are_decoded_and_unknown_ones_left_alone() {
    let rich = parse("&lt;&#1071;&#x44f;&nbsp;&amp;&quot; & >").expect("parses");
    assert_eq!(rich.text, "<Яя&nbsp;&\" & >");
}
