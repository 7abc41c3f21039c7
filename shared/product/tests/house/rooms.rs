//! The crates in their order: a crate may use those above it in this list, and never one below.

/// A crate.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub name: &'static str,
    /// Its folder.
    pub path: &'static str,
    pub floor: Floor,
    pub circles: Circles,
}

/// Where a crate stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Floor {
    /// Below all floors of a smaller number. Crates of the same number may not use each other.
    Of(u8),
    /// Beside the floors: it may use these crates alone, and each floor may use it.
    Beside(&'static [&'static str]),
}

/// Whether a crate's modules are checked for circles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Circles {
    None,
    NotChecked,
}

const fn floor(name: &'static str, path: &'static str, floor: u8) -> Room {
    Room {
        name,
        path,
        floor: Floor::Of(floor),
        circles: Circles::None,
    }
}

const fn beside(name: &'static str, path: &'static str, uses: &'static [&'static str]) -> Room {
    Room {
        name,
        path,
        floor: Floor::Beside(uses),
        circles: Circles::NotChecked,
    }
}

const fn without_circles(room: Room) -> Room {
    Room {
        circles: Circles::None,
        ..room
    }
}

pub const ROOMS: &[Room] = &[
    floor("kernel", "shared/kernel", 1),
    floor("schema", "shared/schema", 2),
    floor("jobs", "shared/jobs", 3),
    floor("audit", "shared/audit", 4),
    floor("events", "shared/events", 4),
    floor("vendors", "shared/vendors", 5),
    floor("backups", "shared/backups", 6),
    floor("runtime", "shared/runtime", 6),
    floor("probes", "shared/probes", 7),
    floor("moderation", "shared/moderation", 8),
    floor("delivery", "shared/delivery", 9),
    floor("mail", "shared/mail", 10),
    floor("ai", "shared/ai", 11),
    floor("people", "shared/people", 12),
    floor("publishers", "shared/publishers", 13),
    floor("money", "shared/money", 13),
    floor("usage", "shared/usage", 14),
    floor("readings", "shared/readings", 14),
    floor("analytics", "shared/analytics", 15),
    floor("bot", "shared/bot", 15),
    floor("webhooks", "shared/webhooks", 15),
    floor("operators", "shared/operators", 16),
    floor("product", "shared/product", 17),
    floor("api", "api", 18),
    floor("worker", "worker", 18),
    floor("cli", "cli", 18),
    floor("testkit", "testkit", 19),
    floor("world", "testkit/world", 20),
    floor("chaos", "chaos", 21),
    floor("bench-jobs", "bench/jobs", 21),
    floor("bench-image", "bench/image", 21),
    floor("fuzz", "fuzz", 21),
    beside("pictures", "pictures", &[]),
    beside("reader", "reader", &[]),
    beside("sandbox", "sandbox", &["reader"]),
    without_circles(beside("model", "model", &[])),
];

/// Crates that only these crates below them may use.
pub const ONLY_FOR: &[(&str, &[&str])] = &[
    ("runtime", &["worker", "world", "chaos", "bench-jobs"]),
    ("sandbox", &["world", "chaos"]),
    ("pictures", &["api", "worker", "bench-image", "fuzz"]),
    ("testkit", &["world", "chaos"]),
    ("world", &["chaos"]),
];

/// Crates that may name every table: the one that declares them, and the one that composes all
/// features.
pub const NAME_ALL_TABLES: &[&str] = &["schema", "product"];

/// The number of a crate's floor, if it has one.
pub fn floor_of(rooms: &[Room], name: &str) -> Option<u8> {
    rooms
        .iter()
        .find(|room| room.name == name)
        .and_then(Room::floor)
}

impl Room {
    pub fn floor(&self) -> Option<u8> {
        match self.floor {
            Floor::Of(floor) => Some(floor),
            Floor::Beside(_) => None,
        }
    }
}
