//! SQL over `users`.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::abuse_memory::AbuseMemory;
use crate::facts::PersonCreated;
use crate::users::model::{
    Consents, NoticesChange, PRIVACY, PersonKey, PersonRef, Profile, ProfileChange, TERMS,
    TelegramProfile, User,
};
use kernel::Language;
use schema::users;

/// The person of a Telegram id, created on first sight. Names and language are updated from
/// Telegram; what it leaves out, and what the person chose here, stays. Writes nothing where
/// nothing has changed. A person whose data was deleted gets back what they had used (`memory`).
///
/// # Errors
/// Those of the database.
pub async fn find_or_create(
    conn: &mut AsyncPgConnection,
    profile: &TelegramProfile,
    memory: &AbuseMemory,
) -> QueryResult<PersonRef> {
    if let Some(known) = unchanged(conn, profile).await? {
        return Ok(known);
    }
    conn.transaction(async |conn| {
        let person = write(conn, profile).await?;
        if person.is_new {
            memory.recall(conn, person.id).await?;
            let created = PersonCreated {
                provider: "telegram",
            };
            events::record(conn, Some(person.id), &created).await?;
        }
        Ok(person)
    })
    .await
}

/// Binds a profile to the statements below: $1 to $5.
macro_rules! with_profile {
    ($sql:expr, $profile:expr) => {
        diesel::sql_query($sql)
            .bind::<BigInt, _>($profile.telegram_id)
            .bind::<Nullable<Text>, _>($profile.username.as_deref())
            .bind::<Nullable<Text>, _>($profile.first_name.as_deref())
            .bind::<Nullable<Text>, _>($profile.last_name.as_deref())
            .bind::<Nullable<Text>, _>(stored_language($profile))
    };
}

/// Telegram's language as it is stored; `None` if Telegram sent none.
fn stored_language(profile: &TelegramProfile) -> Option<&'static str> {
    let tag = profile.language_code.as_deref()?;
    Some(Language::for_telegram(Some(tag)).code())
}

async fn unchanged(
    conn: &mut AsyncPgConnection,
    profile: &TelegramProfile,
) -> QueryResult<Option<PersonRef>> {
    with_profile!(
        "SELECT id, language_code, FALSE AS is_new FROM users
         WHERE telegram_id = $1
           AND ($2::text IS NULL OR username = $2)
           AND ($3::text IS NULL OR name_chosen OR first_name = $3)
           AND ($4::text IS NULL OR last_name = $4)
           AND ($5::text IS NULL OR language_chosen OR language_code = $5)
           AND last_seen_at > now() - interval '1 day'",
        profile
    )
    .get_result(conn)
    .await
    .optional()
}

async fn write(conn: &mut AsyncPgConnection, profile: &TelegramProfile) -> QueryResult<PersonRef> {
    let language = Language::for_telegram(profile.language_code.as_deref());
    // A row that was there is locked before it is updated, and its new version names the locker in xmax.
    with_profile!(
        "INSERT INTO users (telegram_id, username, first_name, last_name, language_code, timezone,
             last_seen_at)
         VALUES ($1, $2, $3, $4, COALESCE($5, 'ru'), $6, now())
         ON CONFLICT (telegram_id) DO UPDATE SET
             last_seen_at = now(),
             username = COALESCE(EXCLUDED.username, users.username),
             first_name = CASE WHEN users.name_chosen THEN users.first_name
                 ELSE COALESCE(EXCLUDED.first_name, users.first_name) END,
             last_name = COALESCE(EXCLUDED.last_name, users.last_name),
             language_code = CASE WHEN users.language_chosen OR $5 IS NULL
                 THEN users.language_code ELSE $5 END
         RETURNING id, language_code, xmax = 0 AS is_new",
        profile
    )
    .bind::<Text, _>(probable_timezone(language))
    .get_result(conn)
    .await
}

/// The time zone of a person who has chosen none: Telegram tells only the language. Most who use it in Russian
/// live by Moscow's time, and China has one. English is also for those whose language we do not speak: of
/// people all over the world UTC is never more than half a day away.
pub(crate) fn probable_timezone(language: Language) -> &'static str {
    match language {
        Language::Ru => "Europe/Moscow",
        Language::Zh => "Asia/Shanghai",
        Language::En => "UTC",
    }
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

/// The person of a Telegram account; `None`: nobody we know.
///
/// # Errors
/// Those of the database.
pub async fn id_of_telegram(
    conn: &mut AsyncPgConnection,
    telegram_id: i64,
) -> QueryResult<Option<Uuid>> {
    let person = users::table.filter(users::telegram_id.eq(telegram_id));
    person.select(users::id).first(conn).await.optional()
}

/// A person as they see themselves.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn profile(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Profile> {
    users::table
        .find(id)
        .select(Profile::as_select())
        .first(conn)
        .await
}

/// The same, locked until the transaction ends.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn profile_locked(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Profile> {
    users::table
        .find(id)
        .select(Profile::as_select())
        .for_update()
        .first(conn)
        .await
}

/// Writes what a person chose. From now on Telegram's name and language no longer count.
///
/// # Errors
/// Those of the database.
pub async fn change_profile(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    change: &ProfileChange,
) -> QueryResult<Profile> {
    if let Some(name) = &change.first_name {
        diesel::update(users::table.find(id))
            .set((users::first_name.eq(name), users::name_chosen.eq(true)))
            .execute(conn)
            .await?;
    }
    if let Some(language) = change.language {
        diesel::update(users::table.find(id))
            .set((
                users::language_code.eq(language.code()),
                users::language_chosen.eq(true),
            ))
            .execute(conn)
            .await?;
    }
    if let Some(timezone) = &change.timezone {
        diesel::update(users::table.find(id))
            .set((
                users::timezone.eq(timezone),
                users::timezone_chosen.eq(true),
            ))
            .execute(conn)
            .await?;
    }
    if change.notices != NoticesChange::default() {
        diesel::update(users::table.find(id))
            .set(change.notices)
            .execute(conn)
            .await?;
    }
    profile(conn, id).await
}

/// Notes that a person is asked for their time zone. Returns whether it was only guessed until now, and this
/// is the first time.
///
/// # Errors
/// Those of the database.
pub async fn ask_timezone(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let guessed = users::table
        .find(id)
        .filter(users::timezone_asked_at.is_null())
        .filter(users::timezone_chosen.eq(false));
    let changed = diesel::update(guessed)
        .set(users::timezone_asked_at.eq(diesel::dsl::now))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// These moments as a clock in the time zone shows them, in the same order.
///
/// # Errors
/// Those of the database, also for an unknown zone.
pub async fn local(
    conn: &mut AsyncPgConnection,
    timezone: &str,
    moments: &[DateTime<Utc>],
) -> QueryResult<Vec<NaiveDateTime>> {
    #[derive(QueryableByName)]
    struct Local {
        #[diesel(sql_type = Timestamp)]
        at: NaiveDateTime,
    }
    let rows: Vec<Local> = diesel::sql_query(
        "SELECT moment AT TIME ZONE $2::text AS at
         FROM unnest($1::timestamptz[]) WITH ORDINALITY AS all_of_them (moment, place) ORDER BY place",
    )
    .bind::<Array<Timestamptz>, _>(moments)
    .bind::<Text, _>(timezone)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.at).collect())
}

/// The names of the tz database that Postgres knows, without those of POSIX. Takes tenths of a
/// second: Postgres reads a file for each.
///
/// # Errors
/// Those of the database.
pub async fn timezones(conn: &mut AsyncPgConnection) -> QueryResult<HashSet<String>> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let names: Vec<Name> = diesel::sql_query(
        "SELECT name FROM pg_timezone_names
         WHERE name !~ '^(posix|right)/' AND name NOT IN ('localtime', 'posixrules', 'Factory')
           AND length(name) <= 50",
    )
    .load(conn)
    .await?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

/// The person of a row, if it is there and, with a Telegram id, still that of this account.
///
/// # Errors
/// Those of the database.
pub async fn of_row(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    telegram_id: Option<i64>,
) -> QueryResult<Option<PersonRef>> {
    let mut row = users::table.find(id).into_boxed();
    if let Some(telegram_id) = telegram_id {
        row = row.filter(users::telegram_id.eq(telegram_id));
    }
    let code = row
        .select(users::language_code)
        .first(conn)
        .await
        .optional()?;
    Ok(code.map(|language_code| PersonRef {
        id,
        language_code,
        is_new: false,
    }))
}

/// The language of answers to a person; `None` for an unknown one.
///
/// # Errors
/// Those of the database.
pub async fn language(
    conn: &mut AsyncPgConnection,
    person: PersonKey,
) -> QueryResult<Option<Language>> {
    let people = users::table.into_boxed();
    let people = match person {
        PersonKey::Telegram(id) => people.filter(users::telegram_id.eq(id)),
        PersonKey::Row(id) => people.filter(users::id.eq(id)),
    };
    let code: Option<String> = people
        .select(users::language_code)
        .first(conn)
        .await
        .optional()?;
    Ok(code.map(|code| Language::from_tag(&code).unwrap_or(Language::En)))
}

/// SQL: whether a person has decided about consent, and against it. Who was never asked has not.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn has_withdrawn() -> _ {
    users::consent_date.is_not_null().and(diesel::dsl::not(
        users::consent_terms.and(users::consent_privacy),
    ))
}

/// What a person has agreed to.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn consents(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Consents> {
    users::table
        .find(id)
        .select(Consents::as_select())
        .first(conn)
        .await
}

/// Whether a person has decided against consent.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn withdrew(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let person = users::table.find(id);
    person.select(has_withdrawn()).first(conn).await
}

/// Writes what a person agrees to, in the current versions. A date is that of the agreement: an unchanged
/// one keeps its date, a withdrawn one has none.
///
/// # Errors
/// Those of the database.
pub async fn set_consents(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    terms: bool,
    privacy: bool,
    now: DateTime<Utc>,
) -> QueryResult<Consents> {
    let was = users::table
        .find(id)
        .select(Consents::as_select())
        // References to the person are not waited for, nor do they wait.
        .for_no_key_update()
        .first(conn)
        .await?;
    let version = |agreed: bool, current: &str| agreed.then(|| current.to_owned());
    let versions = (version(terms, TERMS), version(privacy, PRIVACY));
    let same_terms = was.consent_terms == terms && was.consent_terms_version == versions.0;
    let same_privacy = was.consent_privacy == privacy && was.consent_privacy_version == versions.1;
    if same_terms && same_privacy {
        return Ok(was);
    }
    let since = |agreed: bool, same: bool, at: Option<DateTime<Utc>>| {
        agreed.then(|| at.filter(|_| same).unwrap_or(now))
    };
    diesel::update(users::table.find(id))
        .set((
            users::consent_terms.eq(terms),
            users::consent_terms_at.eq(since(terms, same_terms, was.consent_terms_at)),
            users::consent_privacy.eq(privacy),
            users::consent_privacy_at.eq(since(privacy, same_privacy, was.consent_privacy_at)),
            users::consent_terms_version.eq(versions.0),
            users::consent_privacy_version.eq(versions.1),
            users::consent_date.eq(now),
        ))
        .returning(Consents::as_returning())
        .get_result(conn)
        .await
}

/// Locks a person's row before what hangs on it: an erasure locks in the same order. Returns whether they are there.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let row = users::table.find(id).select(users::id).for_no_key_update();
    let row: Option<Uuid> = row.first(conn).await.optional()?;
    Ok(row.is_some())
}
