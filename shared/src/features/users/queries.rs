//! SQL over `users` and the `usage_limits` row that each of them has.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::Language;
use crate::db::schema::users;
use crate::features::users::model::{TelegramProfile, User};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The person of a Telegram id, created on first sight together with their usage row. Names and
/// language are brought up to date with what Telegram tells; what it leaves out stays.
///
/// # Errors
/// Those of the database.
pub async fn find_or_create(
    conn: &mut AsyncPgConnection,
    profile: &TelegramProfile,
) -> QueryResult<Uuid> {
    let row: Id = diesel::sql_query(
        "WITH person AS (
             INSERT INTO users (telegram_id, username, first_name, last_name, language_code)
             VALUES ($1, left($2, 255), left($3, 255), left($4, 255), $5)
             ON CONFLICT (telegram_id) DO UPDATE SET
                 username = COALESCE(EXCLUDED.username, users.username),
                 first_name = COALESCE(EXCLUDED.first_name, users.first_name),
                 last_name = COALESCE(EXCLUDED.last_name, users.last_name),
                 language_code = CASE WHEN $6 THEN EXCLUDED.language_code
                                      ELSE users.language_code END
             RETURNING id, timezone),
         usage AS (
             INSERT INTO usage_limits (user_id, daily_limit_reset_at, monthly_limit_reset_at)
             SELECT id, next_local('day', timezone), next_local('month', timezone) FROM person
             ON CONFLICT (user_id) DO NOTHING)
         SELECT id FROM person",
    )
    .bind::<BigInt, _>(profile.telegram_id)
    .bind::<Nullable<Text>, _>(profile.username.as_deref())
    .bind::<Nullable<Text>, _>(profile.first_name.as_deref())
    .bind::<Nullable<Text>, _>(profile.last_name.as_deref())
    .bind::<Text, _>(Language::for_telegram(profile.language_code.as_deref()).code())
    .bind::<Bool, _>(profile.language_code.is_some())
    .get_result(conn)
    .await?;
    Ok(row.id)
}

/// One person.
///
/// # Errors
/// `NotFound` if they were deleted, or those of the database.
pub async fn by_id(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<User> {
    users::table
        .find(id)
        .select(User::as_select())
        .first(conn)
        .await
}
