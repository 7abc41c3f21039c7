use super::*;
use crate::manifest::Part;

const MB16: u64 = 16 * 1024 * 1024;

fn at(day: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(i64::from(day))
}

fn backup(day: u32, wal_first: &str) -> Manifest {
    Manifest {
        id: backup_id(at(day)),
        started_at: at(day),
        finished_at: at(day),
        postgres: 15,
        database: "symancy".to_owned(),
        superuser: "postgres".to_owned(),
        wal_first: wal_first.to_owned(),
        wal_segment_bytes: MB16,
        has_own_log: false,
        parts: vec![Part {
            bytes: 1,
            sha256: String::new(),
        }],
        rows: Vec::new(),
    }
}

/// `SELECT pg_walfile_name('1/0'), pg_walfile_name('0/FF000001')` of Postgres 15: the file that ends there, and the
/// last of a log file.
#[test]
fn a_file_of_the_log_is_numbered_as_postgres_does() {
    let last = "0000000100000000000000FF";
    assert_eq!(segment(last, MB16), Some((1, 255)));
    assert_eq!(segment_name((1, 255), MB16).as_deref(), Some(last));
    let next = "000000010000000100000000";
    assert_eq!(segment(next, MB16), Some((1, 256)));
    assert_eq!(segment_name((1, 256), MB16).as_deref(), Some(next));
    for other in [
        "00000002.history",
        "000000010000000000000002.00000028.backup",
        "x",
    ] {
        assert_eq!(segment(other, MB16), None, "{other}");
    }
}

#[test]
fn a_key_says_which_file_of_the_log_it_is_and_what_it_holds() {
    for name in [
        "000000010000000000000002",
        "00000002.history",
        "000000010000000000000002.00000028.backup",
    ] {
        assert_eq!(of_wal_key(&wal_key(name, "ab12")), Some((name, "ab12")));
    }
    assert_eq!(of_wal_key("wal/x"), None);
}

#[test]
fn what_is_missing_in_the_log_is_named() {
    let one = backup(1, "0000000100000000000000FE");
    let all = [
        "0000000100000000000000FD",
        "0000000100000000000000FE",
        "0000000100000000000000FF",
        "000000010000000100000000",
        "00000002.history",
        "000000020000000100000001",
        "000000020000000100000002",
    ];
    assert_eq!(gaps(&one, all), Vec::<String>::new());
    for gone in ["0000000100000000000000FE", "0000000100000000000000FF"] {
        let rest = all.into_iter().filter(|name| *name != gone);
        assert_eq!(gaps(&one, rest), [gone], "{gone}");
    }
    assert_eq!(gaps(&one, []), ["0000000100000000000000FE"]);
    let alone = Manifest {
        has_own_log: true,
        ..one
    };
    assert_eq!(gaps(&alone, []), Vec::<String>::new());
}

#[test]
fn a_moment_is_restored_by_the_newest_backup_before_it() {
    let all = [backup(1, ""), backup(3, ""), backup(2, "")];
    let chosen = |at| choose(&all, &[], at).map(|one| one.started_at);
    assert_eq!(chosen(None), Some(at(3)));
    assert_eq!(chosen(Some(at(2))), Some(at(2)));
    assert_eq!(chosen(Some(at(0))), None);
}

/// After the first backup, the database was restored to a moment in the file 20, and went on as timeline 2.
#[test]
fn a_backup_that_a_restore_has_left_behind_is_not_chosen_and_expires_none() {
    let all = [
        backup(1, "000000010000000000000010"),
        backup(3, "000000010000000000000030"),
        backup(5, "000000020000000000000025"),
    ];
    let log = [
        "00000001000000000000001F",
        "000000010000000000000031",
        "00000002.history",
        "000000020000000000000020",
        "000000020000000000000025",
    ]
    .map(str::to_owned);
    let chosen = |at| choose(&all, &log, at).map(|one| one.started_at);
    assert_eq!(chosen(None), Some(at(5)));
    assert_eq!(chosen(Some(at(4))), Some(at(1)));
    assert!(expired(&all, &log, at(34), 30).is_empty());
}

#[test]
fn the_end_of_the_log_is_that_of_its_newest_timeline() {
    let old = "000000010000000000000031".to_owned();
    let new = "000000020000000000000020".to_owned();
    let history = "00000002.history".to_owned();
    let one = backup(1, "000000010000000000000010");
    let behind = |log: &[String], replayed| not_reached(&one, log, replayed);
    let log = [old.clone()];
    assert_eq!(behind(&log, 0x32 * MB16), None);
    assert_eq!(behind(&log, 0x31 * MB16), Some(old.clone()));
    assert_eq!(behind(&[old.clone(), history.clone()], 0x20 * MB16), None);
    let log = [old, new.clone(), history];
    assert_eq!(behind(&log, 0x20 * MB16 + 1), None);
    assert_eq!(behind(&log, 0x20 * MB16), Some(new));
}

#[test]
fn each_moment_of_the_last_days_can_be_restored_and_the_newest_backup_stays() {
    let all = [
        backup(1, ""),
        backup(10, ""),
        backup(20, ""),
        backup(40, ""),
    ];
    let gone = |now, days| -> Vec<_> {
        let gone = expired(&all, &[], at(now), days);
        gone.iter().map(|one| one.started_at).collect()
    };
    // The 15th day is restored by the backup of the 10th.
    assert_eq!(gone(45, 30), [at(1)]);
    assert_eq!(gone(50, 30), [at(1), at(10)]);
    assert_eq!(gone(400, 30), [at(1), at(10), at(20)]);
    assert!(gone(20, 30).is_empty());
}

#[test]
fn the_log_goes_with_the_last_backup_that_needs_it() {
    let kept = backup(10, "000000010000000000000010");
    let later = backup(20, "000000020000000000000020");
    for (name, spent) in [
        ("00000001000000000000000F", true),
        ("00000001000000000000000F.00000028.backup", true),
        ("000000010000000000000010", false),
        ("00000002000000000000000F", true),
        ("00000002.history", false),
    ] {
        assert_eq!(is_spent(name, &[&later, &kept]), spent, "{name}");
    }
    assert!(!is_spent("00000001000000000000000F", &[]));
}

#[test]
fn tables_with_other_rows_are_told_and_those_that_are_gone() {
    let rows = |table: &str, rows| TableRows {
        table: table.to_owned(),
        rows,
    };
    let then = [rows("a", 1), rows("b", 2), rows("c", 3)];
    let now = [rows("a", 1), rows("b", 5), rows("d", 9)];
    let expected = [("b", 2, Some(5)), ("c", 3, None)].map(|(table, then, restored)| Differing {
        table: table.to_owned(),
        then,
        restored,
    });
    assert_eq!(differing(&then, &now), expected);
}
