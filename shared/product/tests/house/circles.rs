//! Circular dependencies of modules: files of which each leads to all others. A file and those above
//! and below it in the tree of modules may use each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::Names;
use crate::sources::File;

/// From one file to another: the line, and the path that it names.
type Edges = BTreeMap<(usize, usize), (usize, String)>;

/// Every circle of a crate, with its edges.
pub fn faults(files: &[File]) -> Vec<String> {
    let edges = edges(files);
    let circles = circles(files.len(), &edges);
    circles
        .iter()
        .map(|circle| report(files, &edges, circle))
        .collect()
}

fn report(files: &[File], edges: &Edges, circle: &BTreeSet<usize>) -> String {
    let names: Vec<&str> = circle
        .iter()
        .map(|file| files[*file].path.as_str())
        .collect();
    let ties = edges
        .iter()
        .filter(|((from, to), _)| circle.contains(from) && circle.contains(to))
        .map(|((from, to), (line, path))| {
            let (from, to) = (&files[*from].path, &files[*to].path);
            format!("    {from}:{line} names {path} of {to}")
        });
    let ties: Vec<String> = ties.collect();
    format!("{}\n{}", names.join(", "), ties.join("\n"))
}

fn edges(files: &[File]) -> Edges {
    let names = Names::of(files);
    let mut edges = Edges::new();
    for (from, file) in files.iter().enumerate() {
        for (path, line) in named(file, &names) {
            for to in names.files(&path) {
                if !related(&file.module, &files[to].module) {
                    let text = format!("crate::{}", path.join("::"));
                    edges.entry((from, to)).or_insert((line, text));
                }
            }
        }
    }
    edges
}

/// One of the two stands above the other in the tree of modules, or they are the same.
fn related(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// All paths of a file that stay in the crate, with their lines.
fn named(file: &File, names: &Names) -> Vec<(Vec<String>, usize)> {
    let module = |inside: &[String]| [&file.module[..], inside].concat();
    let mut found: Vec<(Vec<String>, usize)> = file
        .named
        .paths
        .iter()
        .filter_map(|path| {
            let absolute = names.absolute(&module(&path.inside), &path.parts)?;
            Some((absolute, path.line))
        })
        .collect();
    for import in &file.named.imports {
        let Some(absolute) = names.absolute(&module(&import.inside), &import.parts) else {
            continue;
        };
        // A file that imports a module, to name things in it, depends on those things.
        let only_to_name = names.is_module(&absolute)
            && import.name.as_ref().is_some_and(|name| {
                let mut paths = file.named.paths.iter();
                paths.any(|path| path.parts[0] == *name && path.inside == import.inside)
            });
        if !only_to_name {
            found.push((absolute, import.line));
        }
    }
    found
}

/// Groups of at least two that all reach each other.
fn circles(count: usize, edges: &Edges) -> BTreeSet<BTreeSet<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..count).map(|from| reached(from, edges)).collect();
    let circle = |at: usize| {
        let others = reached[at].iter().copied();
        others
            .filter(|other| reached[*other].contains(&at))
            .collect()
    };
    let circles = (0..count).map(circle);
    circles
        .filter(|circle: &BTreeSet<usize>| circle.len() > 1)
        .collect()
}

fn reached(from: usize, edges: &Edges) -> BTreeSet<usize> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        let targets = edges
            .range((at, 0)..=(at, usize::MAX))
            .map(|((_, to), _)| *to);
        next.extend(targets.filter(|to| reached.insert(*to)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::faults;
    use crate::sources::planted;

    fn caught(sources: &[(&str, &str)]) -> String {
        faults(&planted(sources)).join("\n")
    }

    const ROOT: (&str, &str) = ("lib.rs", "mod a; mod b; mod c; pub use crate::c::C;");

    #[test]
    fn a_circle_is_reported_with_its_files_and_edges() {
        let found = caught(&[
            ROOT,
            ("a.rs", "use crate::b::B;\nfn f() { crate::b::g() }"),
            ("b.rs", "\nfn g() { super::c::h() }"),
            ("c.rs", "use super::{a::A};"),
        ]);
        let expected = "a.rs, b.rs, c.rs
    a.rs:2 names crate::b::g of b.rs
    b.rs:2 names crate::c::h of c.rs
    c.rs:1 names crate::a::A of a.rs";
        assert_eq!(found, expected);
    }

    #[test]
    fn a_line_of_modules_parents_and_children_and_tests_are_not_circles() {
        let found = caught(&[
            ROOT,
            ("a.rs", "mod d; use crate::b::B; use d::D; pub struct A;"),
            ("a/d.rs", "use super::A; use crate::c;"),
            (
                "b.rs",
                "use crate::c::C; #[cfg(test)] mod tests { use crate::a::A; }",
            ),
            (
                "c.rs",
                "/// [`crate::a::A`]\nuse std::fmt; #[cfg(test)] use crate::b::B;",
            ),
        ]);
        assert_eq!(found, "");
    }

    #[test]
    fn a_reexported_name_is_followed_to_its_file() {
        let found = caught(&[
            ROOT,
            ("a.rs", "use crate::C;"),
            ("b.rs", ""),
            ("c.rs", "pub struct C; fn f() { crate::a::g() }"),
        ]);
        assert!(found.starts_with("a.rs, c.rs\n"), "{found}");
    }

    #[test]
    fn an_imported_module_leads_to_what_is_named_in_it() {
        let sources = |of_d| {
            [
                ROOT,
                ("a/mod.rs", "pub mod d; pub mod e; use crate::b;"),
                ("a/d.rs", of_d),
                ("a/e.rs", "pub fn f() {}"),
                ("b.rs", "use crate::a; fn g() { a::e::f() }"),
                ("c.rs", ""),
            ]
        };
        // b stands on a::e alone, which stands on nothing.
        assert_eq!(caught(&sources("use crate::b::B;")), "");
        let of_b = ("b.rs", "use crate::a; fn g() { a::d::f() }");
        let mut sources = sources("use crate::b::B;");
        sources[4] = of_b;
        let found = caught(&sources);
        assert!(found.starts_with("a/d.rs, b.rs\n"), "{found}");
    }

    #[test]
    fn each_of_two_circles_is_reported() {
        let found = faults(&planted(&[
            ("lib.rs", "mod a; mod b; mod c; mod d { pub mod e; }"),
            ("a.rs", "use crate::b::*;"),
            ("b.rs", "struct B(crate::a::A);"),
            ("c.rs", "use crate::d::e as other; fn f() { other::g() }"),
            ("d/e.rs", "mod inner { use super::super::super::c::C; }"),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("a.rs, b.rs\n"), "{found:?}");
        assert!(found[1].starts_with("c.rs, d/e.rs\n"), "{found:?}");
    }
}
