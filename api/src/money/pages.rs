//! The pages of lists that go from the newest to the oldest, by ids that grow with the time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const LIMIT_MAX: i64 = 100;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At most so many.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{22}$")]
    cursor: Option<String>,
}

/// Where in the list this is.
#[derive(Serialize, ToSchema)]
pub(crate) struct CursorPagination {
    limit: i64,
    has_more: bool,
    /// For the next page, if there is one.
    next_cursor: Option<String>,
}

/// A page that is asked for.
pub(super) struct Page {
    limit: i64,
    /// The list goes on below this one.
    pub before: Option<Uuid>,
}

impl Wanted {
    pub(super) fn page(&self) -> Result<Page, Error> {
        let limit = self.limit.unwrap_or(20);
        if !(1..=LIMIT_MAX).contains(&limit) {
            let why = format!("must be from 1 to {LIMIT_MAX}");
            return Err(Error::invalid("limit", why));
        }
        let before = self.cursor.as_deref().map(position).transpose()?;
        Ok(Page { limit, before })
    }
}

impl Page {
    /// How many rows to ask for: one more than are shown.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// Leaves the rows of the page, and says where it is.
    pub fn cut<T>(self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> CursorPagination {
        let has_more = rows.len() as i64 > self.limit;
        rows.truncate(usize::try_from(self.limit).unwrap_or_default());
        let last = rows.last().filter(|_| has_more);
        CursorPagination {
            limit: self.limit,
            has_more,
            next_cursor: last.map(|last| URL_SAFE_NO_PAD.encode(id(last))),
        }
    }
}

/// The row that a cursor names.
fn position(cursor: &str) -> Result<Uuid, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let id = bytes.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    id.ok_or_else(|| Error::invalid("cursor", "unknown or malformed cursor"))
}
