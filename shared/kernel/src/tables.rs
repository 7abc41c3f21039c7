//! The declaration of a table: whose rows it holds, and what becomes of those of a person. Each feature
//! lists its tables and views, and a test compares all lists with the catalogue of a migrated database.

/// A table or view.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    pub rows: Rows,
    /// What each program may do with its rows.
    pub rights: [Actions; 2],
    /// Of a table with rows of persons.
    pub loss: Loss,
}

/// What a person loses with the rows of a table who is left without a way in: their last one goes to another person only
/// if that is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Each row is something to lose.
    Rows,
    /// Those of which this is true are.
    RowsWith(&'static str),
    /// None is, for this reason.
    Nothing(&'static str),
}

/// A program that connects to the database with a role of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Api,
    Worker,
}

impl Program {
    /// In the order of [`Table::rights`].
    pub const ALL: [Self; 2] = [Self::Api, Self::Worker];

    /// A role that cannot log in; those that the programs connect as are its members.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Api => "symancy_api",
            Self::Worker => "symancy_worker",
        }
    }
}

/// Any of `SELECT`, `INSERT`, `UPDATE` and `DELETE`.
pub type Actions = &'static [&'static str];

pub const NONE: Actions = &[];
pub const READ: Actions = &["SELECT"];
pub const ADD: Actions = &["SELECT", "INSERT"];
pub const CHANGE: Actions = &["SELECT", "UPDATE"];
pub const KEEP: Actions = &["SELECT", "INSERT", "UPDATE"];
pub const ALL: Actions = &["SELECT", "INSERT", "UPDATE", "DELETE"];

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
        Self {
            name,
            rows,
            rights: [ALL, ALL],
            loss: Loss::Rows,
        }
    }

    /// A view.
    pub const fn view(name: &'static str) -> Self {
        let rows = Rows::OfTables;
        Self {
            name,
            rows,
            rights: [READ, READ],
            loss: Loss::Rows,
        }
    }

    /// A table with rows of persons.
    pub const fn of_persons(name: &'static str, erasure: Erasure, export: Export) -> Self {
        let rows = Rows::OfPersons(erasure, export);
        Self {
            name,
            rows,
            rights: [ALL, ALL],
            loss: Loss::Rows,
        }
    }

    /// The same, with fewer rights for the API and the worker.
    pub const fn rights(self, api: Actions, worker: Actions) -> Self {
        Self {
            rights: [api, worker],
            ..self
        }
    }

    /// The same, with what a person loses by its rows, if that is not all of them.
    pub const fn loses(self, loss: Loss) -> Self {
        Self { loss, ..self }
    }
}
