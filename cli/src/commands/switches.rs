//! `symancy switches list` and `set`.

use std::io::Write;

use ::operators::switches::queries;
use ::operators::switches::rules::{self, Switch, Values};
use chrono::Utc;
use diesel_async::AsyncConnection;
use kernel::Error;
use serde_json::{Value, json};

use super::Output;
use super::operators::{by, refused};
use crate::desk_args::Switches;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 3] = [
    ("KEY", Side::Left),
    ("VALUE", Side::Left),
    ("ABOUT", Side::Left),
];

/// `symancy switches`
pub(super) async fn switches(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    command: Switches,
) -> Result<(), Failure> {
    let conn = &mut operator.conn;
    match command {
        Switches::List => list(&queries::read(conn).await?, output),
        Switches::Set { key, value } => {
            let (by, now) = (by(), Utc::now());
            let turned = conn
                .transaction(async |conn| {
                    queries::turn(conn, key, &value, &by, now).await?;
                    Ok::<_, Error>(queries::read(conn).await?)
                })
                .await;
            let value = turned.map_err(refused)?.get(key);
            let object = json!({ "key": key.key, "value": value });
            output.line(&format!("{}  {value}", key.key), &object)
        }
    }
}

fn list(values: &Values, output: &mut Output<'_, impl Write>) -> Result<(), Failure> {
    if output.json {
        return rules::ALL
            .iter()
            .try_for_each(|one| output.object(&object(one, &values.get(one))));
    }
    let row = |one: &Switch| {
        vec![
            one.key.to_owned(),
            values.get(one).to_string(),
            one.about.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = rules::ALL.iter().map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

fn object(switch: &Switch, value: &Value) -> Value {
    json!({ "key": switch.key, "value": value, "default": switch.initial(), "description": switch.about })
}
