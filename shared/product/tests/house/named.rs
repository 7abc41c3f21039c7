//! What a file names.

/// Everything that a file names. `inside` is the module within the file, empty for the file itself.
#[derive(Debug, Default)]
pub struct Named {
    pub paths: Vec<Path>,
    pub imports: Vec<Import>,
    pub modules: Vec<Declared>,
    pub texts: Vec<Text>,
    /// Tables of diesel's derives: `#[diesel(table_name = users)]`.
    pub table_names: Vec<Text>,
}

/// A path of at least two parts, outside of `use`.
#[derive(Debug)]
pub struct Path {
    pub inside: Vec<String>,
    pub parts: Vec<String>,
    pub line: usize,
}

/// One name that a `use` brings in.
#[derive(Debug)]
pub struct Import {
    pub inside: Vec<String>,
    pub parts: Vec<String>,
    /// `None` brings in everything: `use a::*`.
    pub name: Option<String>,
    pub line: usize,
}

/// A module of the file.
#[derive(Debug)]
pub struct Declared {
    pub inside: Vec<String>,
    pub name: String,
    /// It stands in the file itself: `mod a { … }`.
    pub inline: bool,
    /// Its file, if the file says where it is: `#[path = "…"]`.
    pub path: Option<String>,
}

/// A literal.
#[derive(Debug)]
pub struct Text {
    pub text: String,
    pub line: usize,
}
