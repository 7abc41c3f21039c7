//! Which crate owns which table or view, from the lists of the features.

use product::FEATURES;

/// Each table and view with its owner.
pub fn owned() -> impl Iterator<Item = (&'static str, &'static str)> {
    FEATURES.iter().flat_map(|feature| {
        let owner = feature.name;
        feature.tables.iter().map(move |table| (owner, table.name))
    })
}
