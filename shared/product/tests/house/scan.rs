//! What a Rust source names outside of its tests: paths, imports, modules and texts, also those in
//! attributes and in the arguments of macros.

use proc_macro2::{Delimiter, LexError, Spacing, TokenStream, TokenTree};

use crate::imports;
use crate::named::{Declared, Named, Path, Text};

/// Reads a source.
pub fn scan(source: &str) -> Result<Named, LexError> {
    let mut scanner = Scanner::default();
    let stream: TokenStream = source.parse()?;
    scanner.stream(stream);
    Ok(scanner.named)
}

/// Words after which a path of another crate may begin: `as ::other::Thing`.
const KEYWORDS: &[&str] = &[
    "as", "break", "dyn", "else", "for", "if", "impl", "in", "match", "mut", "return", "where",
];

#[derive(Default)]
struct Scanner {
    named: Named,
    inside: Vec<String>,
    /// Of the `#[path]` that was read last; it belongs to the module that follows.
    path: Option<String>,
}

impl Scanner {
    fn stream(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.next(&tokens, at);
        }
    }

    /// Reads what begins at `at`, and returns where the next begins.
    fn next(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(tokens, at),
            TokenTree::Ident(ident) if ident == "use" => self.import(tokens, at),
            TokenTree::Ident(ident) if ident == "mod" => self.module(tokens, at),
            TokenTree::Ident(_) => self.name(tokens, at),
            TokenTree::Group(group) => {
                self.stream(group.stream());
                at + 1
            }
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let Some(text) = text(&literal.to_string()) {
                    self.named.texts.push(Text { text, line });
                }
                at + 1
            }
            TokenTree::Punct(_) => at + 1,
        }
    }

    fn attribute(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let inner = is_punct(tokens.get(at + 1), '!');
        let group = at + 1 + usize::from(inner);
        let Some(TokenTree::Group(attribute)) = tokens.get(group) else {
            return at + 1;
        };
        let words: String = attribute.stream().to_string().split_whitespace().collect();
        if words.starts_with("cfg(test)") || words.starts_with("cfg(all(test,") {
            return match inner {
                true => tokens.len(),
                false => end_of_item(tokens, group + 1),
            };
        }
        if let Some(path) = words.strip_prefix("path=") {
            self.path = text(path);
        } else if !words.starts_with("doc=") {
            self.stream(attribute.stream());
        }
        group + 1
    }

    fn import(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        // `+ use<'a>` says what a type captures.
        if is_punct(tokens.get(at + 1), '<') {
            return at + 1;
        }
        let rest = &tokens[at + 1..];
        let length = rest.iter().position(|token| is_punct(Some(token), ';'));
        let length = length.unwrap_or(rest.len());
        let found = imports::of_tree(&rest[..length]);
        let inside = &self.inside;
        self.named
            .imports
            .extend(found.into_iter().map(|mut import| {
                import.inside.clone_from(inside);
                import
            }));
        at + 1 + length
    }

    fn module(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let path = self.path.take();
        let Some(TokenTree::Ident(name)) = tokens.get(at + 1) else {
            return at + 1;
        };
        let body = match tokens.get(at + 2) {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => Some(body),
            token if is_punct(token, ';') => None,
            _ => return at + 1,
        };
        self.named.modules.push(Declared {
            inside: self.inside.clone(),
            name: name.to_string(),
            inline: body.is_some(),
            path,
        });
        if let Some(body) = body {
            self.inside.push(name.to_string());
            self.stream(body.stream());
            self.inside.pop();
        }
        at + 3
    }

    fn name(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        if KEYWORDS.iter().any(|word| tokens[at].to_string() == *word) {
            return at + 1;
        }
        let (parts, after) = path(tokens, at);
        let line = tokens[at].span().start().line;
        if is_table_name(tokens, at) {
            let text = parts.last().cloned().unwrap_or_default();
            self.named.table_names.push(Text { text, line });
        }
        // `<T as Trait>::name` and `::krate::name` begin elsewhere.
        if parts.len() > 1 && !follows_separator(tokens, at) {
            let inside = self.inside.clone();
            self.named.paths.push(Path {
                inside,
                parts,
                line,
            });
        }
        after
    }
}

/// The path that begins at `at`, and where it ends.
pub fn path(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut parts = vec![tokens[at].to_string()];
    while let (true, Some(TokenTree::Ident(ident))) =
        (is_separator(tokens, at + 1), tokens.get(at + 3))
    {
        parts.push(ident.to_string());
        at += 3;
    }
    (parts, at + 1)
}

/// Is this `::`?
pub fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(first))
        if first.as_char() == ':' && first.spacing() == Spacing::Joint)
        && is_punct(tokens.get(at + 1), ':')
}

pub fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn follows_separator(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_separator(tokens, at - 2)
}

/// Does `table_name =` stand before it?
fn is_table_name(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2
        && is_punct(tokens.get(at - 1), '=')
        && matches!(&tokens[at - 2], TokenTree::Ident(ident) if ident == "table_name")
}

/// Behind the item that begins at `at`.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let keyword = |word: &str| {
        let head = tokens[at..].iter().take_while(|token| {
            !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
        });
        let mut idents = head.filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        });
        idents.any(|ident| ident == word)
    };
    let braces_end_it = !["use", "static", "let"].into_iter().any(keyword)
        && (!keyword("const") || keyword("fn") || keyword("impl"));
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => braces_end_it && group.delimiter() == Delimiter::Brace,
        token => is_punct(Some(token), ';'),
    };
    let length = tokens[at..].iter().position(ends);
    length.map_or(tokens.len(), |length| at + length + 1)
}

/// What a literal of the source stands for, if it is a text; good enough for words to be found in it.
fn text(literal: &str) -> Option<String> {
    let raw = literal.strip_prefix('r').map(|rest| rest.trim_matches('#'));
    let quoted = raw.unwrap_or(literal);
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    Some(match raw {
        Some(_) => inner.to_owned(),
        None => inner
            .replace("\\n", " ")
            .replace("\\t", " ")
            .replace('\\', ""),
    })
}

#[test]
fn tests_and_comments_name_nothing() {
    let named = scan(
        r##"
        //! crate::a::b
        /// crate::c
        #[cfg(test)]
        use crate::d;
        #[cfg(test)]
        mod tests { use crate::e; fn f() { crate::g::h() } }
        #[cfg(test)]
        #[path = "other.rs"]
        mod others;
        #[cfg(test)]
        pub(crate) fn k() -> u8 { crate::l::m() }
        #[cfg(test)]
        const N: [u8; { crate::o::P }] = [0];
        pub fn real() { crate::q::r("s"); }
        "##,
    );
    let named = named.expect("a source");
    let paths: Vec<String> = named
        .paths
        .iter()
        .map(|path| path.parts.join("::"))
        .collect();
    assert_eq!(paths, ["crate::q::r"]);
    assert!(named.imports.is_empty(), "{:?}", named.imports);
    assert!(named.modules.is_empty(), "{:?}", named.modules);
    assert_eq!(named.texts.len(), 1);
    assert_eq!(
        (named.texts[0].text.as_str(), named.texts[0].line),
        ("s", 15)
    );
}

#[test]
fn paths_are_found_in_macros_and_in_attributes() {
    let named = scan(
        r##"
        #[diesel(sql_type = crate::a::B, table_name = users)]
        struct C<'a>(&'a str, <crate::d::E as ::other::F>::G);
        mod inner { macro_rules! m { () => { $crate::h::i!(concat!("x", r#"y"#)) } } }
        fn f(x: super::Y) -> impl Sized + use<> { assert!(j::k()) }
        "##,
    );
    let named = named.expect("a source");
    let paths: Vec<String> = named
        .paths
        .iter()
        .map(|path| path.parts.join("::"))
        .collect();
    let expected = [
        "crate::a::B",
        "crate::d::E",
        "crate::h::i",
        "super::Y",
        "j::k",
    ];
    assert_eq!(paths, expected);
    assert_eq!(named.paths[2].inside, ["inner"]);
    assert_eq!(named.table_names[0].text, "users");
    let texts: Vec<&str> = named.texts.iter().map(|text| text.text.as_str()).collect();
    assert_eq!(texts, ["x", "y"]);
}
