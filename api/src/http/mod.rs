//! What every path of the API has in common.

pub(crate) mod problem;
