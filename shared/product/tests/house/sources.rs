//! The files of a crate, found as the compiler finds them: from the root along the modules.

use std::path::Path;

use crate::named::{Declared, Named};
use crate::scan::scan;

/// A file of a crate, without its tests.
#[derive(Debug)]
pub struct File {
    /// In the workspace.
    pub path: String,
    /// Its place in the crate; empty for the root.
    pub module: Vec<String>,
    pub named: Named,
}

/// How a file is read; `None` if there is none.
pub type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// All files of a crate, from its root on.
pub fn load(root: &str, read: Read<'_>) -> Vec<File> {
    let mut files = Vec::new();
    add(root, Vec::new(), read, &mut files);
    files
}

fn add(path: &str, module: Vec<String>, read: Read<'_>, files: &mut Vec<File>) {
    let source = read(path).unwrap_or_else(|| panic!("{path} cannot be read"));
    let named = scan(&source).unwrap_or_else(|why| panic!("{path} is not Rust: {why}"));
    let at = files.len();
    files.push(File {
        path: path.to_owned(),
        module: module.clone(),
        named,
    });
    let children: Vec<(String, Vec<String>)> = files[at]
        .named
        .modules
        .iter()
        .filter(|declared| !declared.inline)
        .map(|declared| (file_of(path, declared, read), place(&module, declared)))
        .collect();
    for (child, module) in children {
        add(&child, module, read, files);
    }
}

fn place(module: &[String], declared: &Declared) -> Vec<String> {
    let name = std::slice::from_ref(&declared.name);
    [module, &declared.inside, name].concat()
}

fn file_of(parent: &str, declared: &Declared, read: Read<'_>) -> String {
    let parent = Path::new(parent);
    let folder = parent.parent().unwrap_or(Path::new(""));
    if let Some(path) = &declared.path {
        return folder.join(path).display().to_string();
    }
    let mut folder = match parent.file_stem() {
        Some(stem) if stem != "lib" && stem != "main" && stem != "mod" => folder.join(stem),
        _ => folder.to_owned(),
    };
    folder.extend(&declared.inside);
    let flat = format!("{}.rs", folder.join(&declared.name).display());
    match read(&flat) {
        Some(_) => flat,
        None => folder
            .join(&declared.name)
            .join("mod.rs")
            .display()
            .to_string(),
    }
}

/// Sources that a test makes up.
#[cfg(test)]
pub fn planted(sources: &[(&str, &str)]) -> Vec<File> {
    let read = |path: &str| {
        let found = sources.iter().find(|(name, _)| *name == path);
        found.map(|(_, source)| (*source).to_owned())
    };
    load(sources[0].0, &read)
}

#[test]
fn files_are_found_along_the_modules_and_tests_are_left_out() {
    let files = planted(&[
        (
            "a/src/lib.rs",
            "mod b; mod c; mod inner { mod d; } #[cfg(test)] mod tests;",
        ),
        ("a/src/b.rs", "mod e;"),
        ("a/src/b/e.rs", ""),
        (
            "a/src/c/mod.rs",
            "#[path = \"f_of_c.rs\"] mod f; #[cfg(test)] #[path = \"g.rs\"] mod tests;",
        ),
        ("a/src/c/f_of_c.rs", ""),
        ("a/src/inner/d.rs", ""),
    ]);
    let places: Vec<(&str, String)> = files
        .iter()
        .map(|file| (file.path.as_str(), file.module.join("::")))
        .collect();
    let expected = [
        ("a/src/lib.rs", ""),
        ("a/src/b.rs", "b"),
        ("a/src/b/e.rs", "b::e"),
        ("a/src/c/mod.rs", "c"),
        ("a/src/c/f_of_c.rs", "c::f"),
        ("a/src/inner/d.rs", "inner::d"),
    ];
    assert_eq!(
        places,
        expected.map(|(path, module)| (path, module.to_owned()))
    );
}
