//! Lists by pages.

use kernel::Error;
use uuid::Uuid;

const LIMIT_MAX: i64 = 100;

/// How many are wanted.
///
/// # Errors
/// E105 for none, or too many.
pub(super) fn limit(wanted: Option<i64>) -> Result<i64, Error> {
    let limit = wanted.unwrap_or(50);
    match (1..=LIMIT_MAX).contains(&limit) {
        true => Ok(limit),
        false => Err(Error::invalid(
            "limit",
            format!("must be from 1 to {LIMIT_MAX}"),
        )),
    }
}

/// The page of rows that were read with one more, and the cursor of the next page, if there is one.
pub(super) fn page<T>(
    mut rows: Vec<T>,
    limit: i64,
    id: impl FnOnce(&T) -> Uuid,
) -> (Vec<T>, Option<Uuid>) {
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more).map(id);
    (rows, last)
}
