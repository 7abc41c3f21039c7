//! `docs/ROLES.md`, made from the code: what each role may, and which permission each endpoint asks for.

use std::fmt::Write;

use operators::roles as of_operators;
use people::factors::step_up::StepUp;
use people::organizations::roles::{Permission, Role};

use crate::analytics::gate as figures;
use crate::http::endpoint::Access;
use crate::routes::endpoints;

/// An endpoint that is for members.
pub struct ForMembers {
    pub method: String,
    pub path: String,
    pub permission: Permission,
}

/// All of them.
pub fn for_members() -> Vec<ForMembers> {
    let of_members = endpoints().into_iter().filter_map(|one| match one.access {
        Access::Members(_, permission) => Some((one.method, one.path, permission)),
        Access::Reports => Some((one.method, one.path, figures::OF_MEMBERS)),
        _ => None,
    });
    let of_members = of_members.map(|(method, path, permission)| ForMembers {
        method: method.to_string(),
        path,
        permission,
    });
    of_members.collect()
}

/// An endpoint that asks for a proof of the last minutes.
pub struct SteppedUp {
    pub method: String,
    pub path: String,
    pub step_up: StepUp,
}

/// All of them.
pub fn stepped_up() -> Vec<SteppedUp> {
    let stepped_up = endpoints().into_iter().filter_map(|one| {
        Some(SteppedUp {
            step_up: one.step_up?,
            method: one.method.to_string(),
            path: one.path,
        })
    });
    stepped_up.collect()
}

/// An endpoint that is for operators.
pub struct ForOperators {
    pub method: String,
    pub path: String,
    pub permission: of_operators::Permission,
}

/// All of them.
pub fn for_operators() -> Vec<ForOperators> {
    let all = endpoints().into_iter().filter_map(|one| match one.access {
        Access::Operators(permission) => Some((one.method, one.path, permission)),
        Access::Reports => Some((one.method, one.path, figures::OF_OPERATORS)),
        _ => None,
    });
    let all = all.map(|(method, path, permission)| ForOperators {
        method: method.to_string(),
        path,
        permission,
    });
    all.collect()
}

const HEAD: &str = "# Roles

Made from the code by `make docs`; do not edit. What a member of an organization may do is decided by their role, and
asked of the database with every request. In their own account a person is the owner. A key of an organization may what
its scopes allow, and no more than an admin.

A member gives and takes only roles whose permissions their own has, and an organization always has an owner
(`people::organizations`).
";

const STEP_UP: &str = "
## What has to be proved anew

Also by who may: a session that is a row has to have proved this within the last ten minutes, by signing in or by
`POST /v1/auth/reauthenticate`; else 403 E221. In the Mini App Telegram has proved the person lately; who has a second
factor signs in for these by e-mail. Keys pass: their scopes bound them.

| endpoint | what was proved |
| --- | --- |
";

const OPERATORS: &str = "
# Operators

Persons with a row in `operators`, by a session of their own with a second factor that was shown within 12 hours, from the
networks of `ADMIN_ALLOW`. The first is made by the command: `symancy operators add ann@example.org --role admin`.
";

/// The whole document.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    members(&mut text);
    stepped_up_to(&mut text);
    text.push_str(OPERATORS);
    operators(&mut text);
    text
}

fn members(text: &mut String) {
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let cells = |permission: Permission| cells(Role::ALL.iter().map(|role| role.may(permission)));
    text.push_str("\n## What a role may\n\n");
    head(text, &["permission"], &names);
    for permission in Permission::ALL {
        line(text, &[permission.as_str()], &cells(*permission));
    }
    text.push_str("\n## What an endpoint asks for\n\n");
    head(text, &["endpoint", "permission"], &names);
    for one in for_members() {
        let endpoint = format!("{} {}", one.method, one.path);
        let columns = [endpoint.as_str(), one.permission.as_str()];
        line(text, &columns, &cells(one.permission));
    }
}

fn stepped_up_to(text: &mut String) {
    text.push_str(STEP_UP);
    for one in stepped_up() {
        let _ = writeln!(
            text,
            "| `{} {}` | {} |",
            one.method,
            one.path,
            one.step_up.about()
        );
    }
}

fn operators(text: &mut String) {
    use of_operators::{Permission, Role};
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let cells = |permission: Permission| cells(Role::ALL.iter().map(|role| role.may(permission)));
    text.push_str("\n## What an operator may\n\n");
    head(text, &["permission"], &names);
    for permission in Permission::ALL {
        line(text, &[permission.as_str()], &cells(*permission));
    }
    text.push_str("\n## What an endpoint asks of an operator\n\n");
    head(text, &["endpoint", "permission"], &names);
    for one in for_operators() {
        let endpoint = format!("{} {}", one.method, one.path);
        let columns = [endpoint.as_str(), one.permission.as_str()];
        line(text, &columns, &cells(one.permission));
    }
}

fn head(text: &mut String, columns: &[&str], roles: &[&str]) {
    let all = [columns, roles].concat();
    let _ = writeln!(text, "| {} |", all.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(all.len()));
}

fn line(text: &mut String, columns: &[&str], cells: &str) {
    let _ = writeln!(text, "| `{}` |{cells}", columns.join("` | `"));
}

fn cells(may: impl Iterator<Item = bool>) -> String {
    may.map(|may| if may { " yes |" } else { " – |" }).collect()
}
