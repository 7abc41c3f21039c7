//! The rights of the roles that the programs connect as. They follow from the lists of the features, and
//! are given anew whenever they differ: also where an operator makes a role later.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::error::Error;
use crate::tables::Program;

/// One right of one role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Right {
    #[diesel(sql_type = Text)]
    pub role: String,
    #[diesel(sql_type = Text)]
    pub table: String,
    /// `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    #[diesel(sql_type = Text)]
    pub action: String,
}

/// What the roles have now.
const GIVEN: &str =
    "SELECT rolname::text AS role, relname::text AS table, privilege_type::text AS action
     FROM pg_class CROSS JOIN aclexplode(relacl) AS acl JOIN pg_roles ON pg_roles.oid = acl.grantee
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
       AND rolname IN ('symancy_api', 'symancy_worker')";

/// Tables with row-level security on which the programs have no policy of their own.
const CLOSED: &str = "SELECT relname::text AS name FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity AND NOT EXISTS (
         SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = $1)";

/// Functions with the rights of their owner that others than the worker may call.
const OPEN: &str = "SELECT oid::regprocedure::text AS name FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace AND prosecdef
       AND (proacl IS NULL OR NOT has_function_privilege('symancy_worker', oid, 'EXECUTE'))";

/// The schema, if one of the roles may not look into it: that of a hardened database.
const SHUT: &str = "SELECT current_schema()::text AS name
     WHERE NOT has_schema_privilege('symancy_api', current_schema(), 'USAGE')
        OR NOT has_schema_privilege('symancy_worker', current_schema(), 'USAGE')";

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Gives the roles these rights and no others, as far as the roles exist. Each statement stands alone, so
/// that none holds a table while it waits for another; after an error the next call does the rest.
pub(super) async fn apply(conn: &mut AsyncPgConnection, wanted: &[Right]) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut present = Vec::new();
    for program in Program::ALL {
        if exists(conn, program.role()).await? {
            present.push(program.role());
        }
    }
    if present.len() < Program::ALL.len() {
        tracing::info!(
            ?present,
            "not all roles of the programs exist; see docs/OPERATIONS.md"
        );
        return Ok(());
    }
    for statement in statements(conn, wanted).await? {
        conn.batch_execute(&statement).await?;
    }
    Ok(())
}

async fn exists(conn: &mut AsyncPgConnection, role: &str) -> Result<bool, Error> {
    #[derive(QueryableByName)]
    struct Exists {
        #[diesel(sql_type = Bool)]
        exists: bool,
    }
    let query = diesel::sql_query("SELECT to_regrole($1) IS NOT NULL AS exists");
    let row: Exists = query.bind::<Text, _>(role).get_result(conn).await?;
    Ok(row.exists)
}

async fn statements(conn: &mut AsyncPgConnection, wanted: &[Right]) -> Result<Vec<String>, Error> {
    let given: Vec<Right> = diesel::sql_query(GIVEN).load(conn).await?;
    let revoked = given.iter().filter(|right| !wanted.contains(right));
    let revoked = revoked.map(
        |Right {
             role,
             table,
             action,
         }| format!("REVOKE {action} ON {table} FROM {role}"),
    );
    let granted = wanted.iter().filter(|right| !given.contains(right));
    let granted = granted.map(
        |Right {
             role,
             table,
             action,
         }| format!("GRANT {action} ON {table} TO {role}"),
    );
    let mut all: Vec<String> = revoked.chain(granted).collect();
    let roles = Program::ALL.map(Program::role).join(", ");
    for Name { name } in diesel::sql_query(SHUT).load(conn).await? {
        all.push(format!("GRANT USAGE ON SCHEMA {name} TO {roles}"));
    }
    let policy = diesel::sql_query(CLOSED).bind::<Text, _>(POLICY);
    for Name { name } in policy.load(conn).await? {
        all.push(format!(
            "CREATE POLICY {POLICY} ON {name} TO {roles} USING (true)"
        ));
    }
    for Name { name } in diesel::sql_query(OPEN).load(conn).await? {
        // Together: the worker can call it at any moment.
        all.push(format!(
            "REVOKE ALL ON FUNCTION {name} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {name} TO {}",
            Program::Worker.role()
        ));
    }
    Ok(all)
}

/// Lets the programs see all rows; what they may do with them, the rights say.
const POLICY: &str = "programs";
