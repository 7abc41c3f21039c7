//! Which crate may use which, by the manifests. Dependencies of tests are not checked.

use toml::{Table, Value};

use crate::rooms::{Floor, ONLY_FOR, ROOMS, Room, floor_of};
use crate::sources::Read;

/// Dependencies that point up.
pub fn faults(rooms: &[Room], read: Read<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for room in rooms {
        let path = format!("{}/Cargo.toml", room.path);
        let Some(manifest) = read(&path) else {
            continue;
        };
        let manifest: Table = manifest
            .parse()
            .unwrap_or_else(|why| panic!("{path} is not TOML: {why}"));
        let used = dependencies(&manifest).into_iter();
        let refused = used.filter_map(|used| Some((refusal(rooms, room, &used)?, used)));
        faults
            .extend(refused.map(|(why, used)| format!("{path}: {} uses {used}, {why}", room.name)));
    }
    faults
}

/// Crates of the workspace without a room, and rooms without a crate.
pub fn unmatched(rooms: &[Room], workspace: &str) -> Vec<String> {
    let workspace: Table = workspace.parse().expect("the workspace's manifest is TOML");
    let members = workspace["workspace"]["members"].as_array().cloned();
    let members: Vec<String> = members
        .into_iter()
        .flatten()
        .filter_map(|path| path.as_str().map(str::to_owned))
        .collect();
    let without_room = members
        .iter()
        .filter(|path| !rooms.iter().any(|room| room.path == **path))
        .map(|path| format!("{path} has no floor"));
    let without_crate = rooms
        .iter()
        .filter(|room| !members.iter().any(|path| path == room.path))
        .map(|room| format!("{} is not a crate of the workspace", room.path));
    without_room.chain(without_crate).collect()
}

/// Why a room may not use a crate; `None` if it may, or if the crate is from outside.
fn refusal(rooms: &[Room], room: &Room, used: &str) -> Option<String> {
    let target = rooms.iter().find(|room| room.name == used)?;
    let only_for = ONLY_FOR.iter().find(|(name, _)| *name == used);
    if let Some((_, users)) = only_for.filter(|(_, users)| !users.contains(&room.name)) {
        return Some(format!("which is only for {}", users.join(", ")));
    }
    match (room.floor, target.floor) {
        (Floor::Beside(uses), _) => {
            (!uses.contains(&used)).then(|| "but it stands beside the house".to_owned())
        }
        (Floor::Of(_), Floor::Beside(_)) => None,
        (Floor::Of(own), Floor::Of(other)) => {
            (other >= own).then(|| format!("which stands on floor {other}, not above floor {own}"))
        }
    }
}

/// The names of all crates that the crate itself is built with.
fn dependencies(manifest: &Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values);
    let places = targets.filter_map(Value::as_table).chain([manifest]);
    let tables = places.flat_map(|place| {
        let kinds = ["dependencies", "build-dependencies"];
        kinds
            .into_iter()
            .filter_map(|kind| place.get(kind)?.as_table())
    });
    let name = |(key, value): (&String, &Value)| {
        let package = value.get("package").and_then(Value::as_str);
        package.unwrap_or(key).to_owned()
    };
    tables.flat_map(|table| table.iter().map(name)).collect()
}

#[cfg(test)]
fn caught(name: &str, manifest: &str) -> Vec<String> {
    let room = ROOMS.iter().find(|room| room.name == name).expect("a room");
    let path = format!("{}/Cargo.toml", room.path);
    faults(ROOMS, &|asked| (asked == path).then(|| manifest.to_owned()))
}

#[test]
fn a_dependency_that_points_up_is_caught_however_it_is_written() {
    for (name, manifest) in [
        ("jobs", "[dependencies]\nmoney.workspace = true"),
        ("jobs", "[dependencies.money]\npath = \"../money\""),
        (
            "jobs",
            "[dependencies]\ncoins = { package = \"money\", path = \"../money\" }",
        ),
        ("jobs", "[build-dependencies]\nmoney.workspace = true"),
        (
            "jobs",
            "[target.'cfg(unix)'.dependencies]\nmoney.workspace = true",
        ),
        ("api", "[dependencies]\nworker.workspace = true"),
        ("worker", "[dependencies]\napi.workspace = true"),
        ("cli", "[dependencies]\napi.workspace = true"),
        ("worker", "[dependencies]\ntestkit.workspace = true"),
        ("worker", "[dependencies]\nworld.workspace = true"),
        ("testkit", "[dependencies]\nworld.workspace = true"),
        ("testkit", "[dependencies]\nsandbox.workspace = true"),
        ("worker", "[dependencies]\nsandbox.workspace = true"),
        ("people", "[dependencies]\nruntime.workspace = true"),
        ("api", "[dependencies]\nruntime.workspace = true"),
        ("reader", "[dependencies]\nkernel.workspace = true"),
        ("sandbox", "[dependencies]\nkernel.workspace = true"),
        ("model", "[dependencies]\njobs.workspace = true"),
    ] {
        assert_eq!(caught(name, manifest).len(), 1, "{name}: {manifest}");
    }
}

#[test]
fn what_stands_above_may_be_used_and_tests_may_use_anything() {
    for (name, manifest) in [
        (
            "money",
            "[dependencies]\nserde.workspace = true\npeople.workspace = true",
        ),
        ("people", "[dev-dependencies]\ntestkit.workspace = true"),
        ("chaos", "[dependencies]\nworld.workspace = true"),
        ("vendors", "[dependencies]\nreader.workspace = true"),
        (
            "worker",
            "[dependencies]\nruntime.workspace = true\npictures.workspace = true",
        ),
        ("sandbox", "[dependencies]\nreader.workspace = true"),
        (
            "world",
            "[dependencies]\napi.workspace = true\nworker.workspace = true\nsandbox.workspace = true\ntestkit.workspace = true",
        ),
    ] {
        assert_eq!(
            caught(name, manifest),
            Vec::<String>::new(),
            "{name}: {manifest}"
        );
    }
}

#[test]
fn a_crate_without_a_floor_and_a_floor_without_a_crate_are_caught() {
    let rooms: Vec<Room> = ["kernel", "api"]
        .into_iter()
        .filter_map(|name| ROOMS.iter().find(|room| room.name == name).copied())
        .collect();
    let workspace = "[workspace]\nmembers = [\"shared/kernel\", \"attic\"]";
    assert_eq!(
        unmatched(&rooms, workspace),
        ["attic has no floor", "api is not a crate of the workspace"]
    );
    assert_eq!(floor_of(ROOMS, "attic"), None);
}
