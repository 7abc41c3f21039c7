//! What a person is as an operator.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::roles::Role;
use schema::operators;

/// Their role; `None`: they are none.
///
/// # Errors
/// Those of the database.
pub async fn role_of(conn: &mut AsyncPgConnection, person: Uuid) -> QueryResult<Option<Role>> {
    let live = operators::table.find(person);
    let live = live.filter(operators::ended_at.is_null());
    live.select(operators::role).first(conn).await.optional()
}
