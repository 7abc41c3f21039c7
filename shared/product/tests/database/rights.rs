//! The roles of the programs have the rights of the features' lists, and no others.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use kernel::db::Right;
use kernel::tables::Program;
use testkit::database::Login;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

pub(crate) async fn names(
    conn: &mut AsyncPgConnection,
    query: &str,
) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Name> = diesel::sql_query(query).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The error of a statement that has to be refused.
async fn refused(conn: &mut AsyncPgConnection, statement: &str) -> String {
    match conn.batch_execute(statement).await {
        Ok(()) => panic!("it is allowed: {statement}"),
        Err(why) => why.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_have_what_is_listed_and_nothing_else() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    for program in Program::ALL {
        let login = Login::create(Some(program.role())).await?;
        let mut conn = AsyncPgConnection::establish(&login.url(&database.url)?).await?;
        // As Postgres answers for this session: also what it has through PUBLIC.
        let found = "SELECT relname || ' ' || action AS name FROM pg_class
            CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS action
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
              AND has_table_privilege(pg_class.oid, action)";
        let found: BTreeSet<String> = names(&mut conn, found).await?.into_iter().collect();
        let listed = product::rights()
            .into_iter()
            .filter(|right| right.role == program.role());
        let listed: BTreeSet<String> = listed
            .map(|Right { table, action, .. }| format!("{table} {action}"))
            .collect();
        assert_eq!(
            found, listed,
            "{program:?}: the database on the left, the lists on the right"
        );
        let columns = "SELECT attrelid::regclass || '.' || attname AS name FROM pg_attribute WHERE attacl IS NOT NULL
            AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)";
        assert_eq!(names(&mut conn, columns).await?, [""; 0]);
        let role = format!("SELECT rolname::text AS name FROM pg_roles WHERE rolname = '{}' AND
            (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)", program.role());
        assert_eq!(names(&mut conn, &role).await?, [""; 0]);
        let member = format!(
            "SELECT roleid::regrole::text AS name FROM pg_auth_members WHERE member = '{}'::regrole",
            program.role()
        );
        assert_eq!(names(&mut conn, &member).await?, [""; 0]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_was_given_by_hand_is_taken_back_and_a_lost_one_returns() -> anyhow::Result<()>
{
    let database = crate::migrated().await?;
    let changes = "GRANT DELETE, TRUNCATE ON audit_logs TO symancy_api; REVOKE SELECT ON users FROM symancy_worker";
    database.sql(changes).await?;
    product::migrate(&database.address()?).await?;
    let right = |role: &str, what: &str| {
        format!(
            "SELECT count(*) AS count FROM (SELECT 1) AS one WHERE has_table_privilege('{role}', {what})"
        )
    };
    for (role, what, count) in [
        ("symancy_api", "'audit_logs', 'DELETE'", 0),
        ("symancy_api", "'audit_logs', 'TRUNCATE'", 0),
        ("symancy_worker", "'users', 'SELECT'", 1),
    ] {
        assert_eq!(
            database.count(&right(role, what)).await?,
            count,
            "{role} {what}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_program_changes_the_tables_nor_what_the_audit_log_says() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    database
        .sql("INSERT INTO audit_logs (action, actor) VALUES ('seen', 'worker')")
        .await?;
    for program in Program::ALL {
        let login = Login::create(Some(program.role())).await?;
        let mut conn = AsyncPgConnection::establish(&login.url(&database.url)?).await?;
        conn.batch_execute("INSERT INTO audit_logs (action, actor) VALUES ('tried', 'x')")
            .await?;
        for statement in [
            "CREATE TABLE mine (id INT)",
            "CREATE FUNCTION mine() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "ALTER TABLE users ADD COLUMN mine INT",
            "ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY",
            "DROP TABLE probe_runs",
            "DROP POLICY own_rows ON users",
            "TRUNCATE users",
            "UPDATE audit_logs SET action = 'x'",
            "DELETE FROM audit_logs",
            "SELECT * FROM audit_logs FOR UPDATE",
            "TRUNCATE audit_logs",
            "UPDATE plans SET price_stars = 9",
            "DELETE FROM payments",
            "DELETE FROM __diesel_schema_migrations",
            "SET ROLE pg_database_owner",
            "GRANT symancy_worker TO CURRENT_USER",
        ] {
            let why = refused(&mut conn, statement).await;
            assert!(
                ["permission denied", "must be owner", "must have"]
                    .iter()
                    .any(|part| why.contains(part)),
                "{program:?} {statement}: {why}"
            );
        }
        let forget = conn
            .batch_execute("SELECT audit_logs_forget(gen_random_uuid())")
            .await;
        assert_eq!(forget.is_ok(), program == Program::Worker, "{forget:?}");
    }
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM audit_logs")
            .await?,
        3
    );
    Ok(())
}

/// A line of a person, and one that is too old to be kept.
const LINES: &str = "
    INSERT INTO users (telegram_id) VALUES (7);
    INSERT INTO audit_logs (user_id, action, actor, new_value, created_at)
        SELECT id, 'changed', 'person', '{\"a\": 1}', now() FROM users;
    INSERT INTO audit_logs (action, actor, created_at) VALUES ('old', 'x', now() - interval '91 days')";

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_more_rights_adds_to_the_audit_log_forgets_and_prunes_and_no_more()
-> anyhow::Result<()> {
    let database = crate::empty().await?;
    let owner = Login::create(None).await?;
    database
        .sql(&format!("GRANT ALL ON SCHEMA public TO {}", owner.name))
        .await?;
    let url = owner.url(&database.url)?;
    product::migrate(&url.parse().map_err(anyhow::Error::msg)?).await?;
    let mut conn = AsyncPgConnection::establish(&url).await?;
    conn.batch_execute(LINES).await?;
    // Row-level security hides what may not be changed: nothing happens.
    conn.batch_execute("DELETE FROM audit_logs WHERE created_at > now() - interval '89 days'")
        .await?;
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM audit_logs")
            .await?,
        2
    );
    let why = refused(
        &mut conn,
        "UPDATE audit_logs SET action = 'other' WHERE action = 'changed'",
    )
    .await;
    assert!(why.contains("row-level security"), "{why}");
    conn.batch_execute("SELECT audit_logs_forget(id) FROM users; SELECT audit_logs_prune(10)")
        .await?;
    let left = "SELECT count(*) AS count FROM audit_logs WHERE action = 'changed' AND user_id IS NULL AND new_value IS NULL";
    assert_eq!(database.count(left).await?, 1);
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM audit_logs")
            .await?,
        1
    );
    // Migrations change lines as this owner, too.
    conn.batch_execute(
        "INSERT INTO audit_logs (action, actor, new_value)
         VALUES ('analysis_rated', 'person', '{\"rating\": 5, \"feedback_text\": \"secret\"}')",
    )
    .await?;
    conn.batch_execute(include_str!(
        "../../../../migrations/20261130000302_audit_forget_feedback/up.sql"
    ))
    .await?;
    let kept = "SELECT count(*) AS count FROM audit_logs WHERE new_value = '{\"rating\": 5}'";
    assert_eq!(database.count(kept).await?, 1);
    drop(conn);
    drop(database);
    Ok(())
}
