//! What a feature does with its data of one person: how it is exported, and how it is erased. Declared
//! here and run by `people`, over the lists of all features.
//!
//! The statements of the memory (`remember`, `recall`) are INSERTs that see the person as a row named
//! `person`: `id`, `memory_key`, the keyed hash of their identity (a person with several is seen once with each), and `keys`, the limit key of their jobs.
//!
//! The other statements of an erasure are UPDATEs and DELETEs that see the person as a row named `person`:
//! `id`, `telegram_id` (or null), and `keys`, the texts that name them elsewhere (limit keys, the caller of a
//! request). The parts of an export see their id as `$1`.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use futures_util::future::BoxFuture;
use uuid::Uuid;

/// The personal data of a feature.
#[derive(Clone, Copy, Debug)]
pub struct PersonalData {
    pub export: Export,
    pub erasure: Erasure,
}

/// The parts of a copy.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    pub values: &'static [Value],
    pub lists: &'static [List],
    pub files: &'static [Files],
}

/// A single value.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// Its name in `data.json`.
    pub name: &'static str,
    /// Yields one column `value` of JSON; no row means `null`.
    pub query: &'static str,
}

/// A list, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Its name in `data.json`.
    pub name: &'static str,
    /// The arguments of `jsonb_build_object`.
    pub row: &'static str,
    /// A FROM with a WHERE to be continued, over a table with `id`, `user_id` and `created_at`.
    pub rows: &'static str,
}

/// Objects of the bucket that become files of the archive.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    /// The column with their key.
    pub key: &'static str,
    /// As in [`List`].
    pub rows: &'static str,
    /// The name in the archive of the file of a row with this id and these bytes.
    pub file_name: fn(Uuid, &[u8]) -> String,
}

/// The parts of an erasure, in the order in which they run.
#[derive(Clone, Copy, Debug)]
pub struct Erasure {
    /// Ends what is under way for the person. Repeated until none of their jobs runs.
    pub stop: &'static [&'static str],
    /// Deletes rows, or makes them anonymous, of which there may be more than one statement can do in its time: before the
    /// transaction, at most `$4` rows at once, as often as there are so many. What comes behind it `statements` find.
    pub ahead: &'static [&'static str],
    /// Rows to lock before anything is erased.
    pub locks: &'static [Lock],
    /// Writes what prevents abuse and outlives the person, for a stated time; before anything is erased.
    pub remember: &'static [&'static str],
    /// Gives a person what was remembered under an identity of theirs, in the transaction in which they get it.
    pub recall: &'static [&'static str],
    /// The keys of all objects in the bucket that belong, or may belong, to a person.
    pub objects: &'static [ObjectsFn],
    /// Enqueues jobs, due later, that remove what interrupted work may still bring; before the rows are
    /// erased.
    pub afterwards: &'static [EnqueueFn],
    /// Deletes rows or makes them anonymous; the rest goes with the person's row in `users`.
    pub statements: &'static [&'static str],
    /// Run over the id `$1` of an organization before it is deleted, by its owner or with its last member: first its
    /// locks, in the order of the product. The rest goes with its row in `accounts`.
    pub of_organizations: &'static [&'static str],
}

/// Rows to lock, as a query over the id `$1` of the person.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    /// Smaller numbers are locked first, in every transaction of the product.
    pub order: u8,
    pub query: &'static str,
}

pub type ObjectsFn = fn(&mut AsyncPgConnection, Uuid) -> BoxFuture<'_, QueryResult<Vec<String>>>;
pub type EnqueueFn = fn(&mut AsyncPgConnection, Uuid) -> BoxFuture<'_, QueryResult<()>>;

impl PersonalData {
    /// No data of persons.
    pub const NONE: Self = Self {
        export: Export::NONE,
        erasure: Erasure::NONE,
    };
}

impl Export {
    /// Nothing.
    pub const NONE: Self = Self {
        values: &[],
        lists: &[],
        files: &[],
    };
}

impl Erasure {
    /// Nothing.
    pub const NONE: Self = Self {
        stop: &[],
        ahead: &[],
        locks: &[],
        remember: &[],
        recall: &[],
        objects: &[],
        afterwards: &[],
        statements: &[],
        of_organizations: &[],
    };
}
