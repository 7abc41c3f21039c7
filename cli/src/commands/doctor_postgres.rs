//! What `symancy doctor` finds at Postgres.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use kernel::db::{self, Address};
use kernel::tables::Program;
use kernel::telemetry::chain;
use product::MIGRATIONS;

use super::finding::{Finding, PATIENCE};

/// `server_version_num` of the oldest server that the definitions run on.
const OLDEST: i32 = 150_000;

#[derive(QueryableByName)]
struct Session {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Nullable<Text>)]
    tls: Option<String>,
    #[diesel(sql_type = Text)]
    role: String,
    /// Row-level security and rights mean nothing to it.
    #[diesel(sql_type = Bool)]
    is_unbound: bool,
    #[diesel(sql_type = Bool)]
    may_create: bool,
    #[diesel(sql_type = Bool)]
    has_roles: bool,
}

const SESSION: &str = "SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::int AS number,
        (SELECT CASE WHEN ssl THEN version END FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls,
        current_user::text AS role, rolsuper OR rolbypassrls AS is_unbound,
        COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
        to_regrole('symancy_api') IS NOT NULL AND to_regrole('symancy_worker') IS NOT NULL AS has_roles
    FROM pg_roles WHERE rolname = current_user";

pub(super) async fn postgres(address: &Address) -> Vec<Finding> {
    let asked = async {
        let mut conn = address.connect().await.map_err(|why| chain(&why))?;
        let session = session(&mut conn).await.map_err(|why| chain(&why))?;
        Ok::<_, String>((session, db::state(&mut conn, MIGRATIONS).await))
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok((session, found))) => {
            let mut all = vec![server(&session, address), role(&session)];
            all.push(migrations(found));
            all
        }
        Ok(Err(why)) => vec![Finding::fault("postgres", why)],
        Err(_) => vec![Finding::fault("postgres", "it does not answer")],
    }
}

async fn session(conn: &mut AsyncPgConnection) -> Result<Session, Error> {
    Ok(diesel::sql_query(SESSION).get_result(conn).await?)
}

fn server(session: &Session, address: &Address) -> Finding {
    let Session {
        version, number, ..
    } = session;
    if *number < OLDEST {
        return Finding::fault(
            "postgres",
            format!("version {version}; it must be 15 or newer"),
        );
    }
    let way = match &session.tls {
        Some(tls) => tls.as_str(),
        None if address.is_local() => "on this machine",
        None => "without TLS, which ALLOW_PLAINTEXT allows",
    };
    Finding::good("postgres", format!("version {version}, {way}"))
}

/// What a role may is no fault where one role does everything: it is said, for the operator to judge.
fn role(session: &Session) -> Finding {
    let role = &session.role;
    let roles = Program::ALL.map(Program::role).join(" and ");
    let text = match (session.is_unbound, session.may_create, session.has_roles) {
        (true, ..) => format!(
            "{role} is a superuser or bypasses row-level security: for the programs make members of {roles}"
        ),
        (_, true, true) => format!(
            "{role} may change the tables: right for `symancy migrate`; for the programs make members of {roles}"
        ),
        (_, true, false) => format!(
            "the roles {roles} do not exist and {role} could not make them: all programs have all rights. Where \
             the provider lets you, make them and run `symancy migrate up`"
        ),
        (_, false, _) => format!("{role} may not change the tables"),
    };
    Finding::good("role", text)
}

fn migrations(found: Result<db::Found, Error>) -> Finding {
    let about = "migrations";
    match found {
        Err(why) => Finding::fault(about, chain(&why)),
        Ok(found) if !found.unknown.is_empty() => {
            Finding::fault(about, "the database is that of a newer release")
        }
        Ok(found) if found.pending.is_empty() => {
            Finding::good(about, format!("all {} are applied", found.applied.len()))
        }
        // A first start, or a program with MIGRATE, applies them.
        Ok(found) => Finding::good(
            about,
            format!(
                "{} are pending: `symancy migrate plan` lists them",
                found.pending.len()
            ),
        ),
    }
}
