//! The declaration of a table: whose rows it holds, and what becomes of those of a person. Each feature
//! lists its tables and views, and a test compares all lists with the catalogue of a migrated database.

/// A table or view.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    pub rows: Rows,
}

/// The rows of a table.
#[derive(Clone, Copy, Debug)]
pub enum Rows {
    /// None of its own: a view.
    OfTables,
    /// Nothing by which a person is found, for this reason.
    Impersonal(&'static str),
    OfPersons(Erasure, Export),
}

/// When a person has their data deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// The rows go with those that they refer to, and so in the end with the person's.
    Cascade,
    /// Statements of the erasure delete them or make them anonymous.
    Statement,
    /// They outlive the erasure, without anything that names the person, for this reason.
    Outlives(&'static str),
}

/// When a person asks for a copy of their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Values, lists or files of the export name the table.
    Listed,
    /// Not in the copy, for this reason.
    Excused(&'static str),
}

impl Table {
    /// A table of which no row leads to a person, and why.
    pub const fn impersonal(name: &'static str, why: &'static str) -> Self {
        let rows = Rows::Impersonal(why);
        Self { name, rows }
    }

    /// A view.
    pub const fn view(name: &'static str) -> Self {
        let rows = Rows::OfTables;
        Self { name, rows }
    }

    /// A table with rows of persons.
    pub const fn of_persons(name: &'static str, erasure: Erasure, export: Export) -> Self {
        let rows = Rows::OfPersons(erasure, export);
        Self { name, rows }
    }
}
