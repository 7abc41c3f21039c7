use super::*;

const WAIT: Setting = Setting::new("WAIT_SECONDS", "5", "How long to wait.").also(&[
    Spelling::same("PATIENCE_SECONDS"),
    Spelling::converted("WAIT_MS", "milliseconds", |value| {
        let millis: u64 = value.parse().map_err(|_| "not a number".to_owned())?;
        Ok((millis / 1_000).to_string())
    }),
]);
const TOKEN: Setting = Setting::required("TOKEN", "17", "A number that is never shown.").secret();

/// Reads from an environment of these variables.
fn with<T>(
    set: &[(&str, &str)],
    read: impl FnOnce(&mut Env<'_>) -> T,
) -> (Result<T, Vec<String>>, Vec<String>) {
    let lookup = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut env = Env::new(&lookup);
    let value = read(&mut env);
    let warnings = env.warnings.clone();
    (env.finish(value).map_err(|ConfigError(all)| all), warnings)
}

fn wait(set: &[(&str, &str)]) -> (Result<u64, Vec<String>>, Vec<String>) {
    with(set, |env| env.within(&WAIT, 1..=60))
}

#[test]
fn a_setting_answers_to_each_of_its_names() {
    let nothing = Vec::<String>::new();
    for (set, value) in [
        (&[][..], 5),
        (&[("WAIT_SECONDS", " 7 ")], 7),
        (&[("WAIT_SECONDS", " "), ("PATIENCE_SECONDS", "8")], 8),
        (&[("WAIT_MS", "9000")], 9),
    ] {
        assert_eq!(wait(set), (Ok(value), nothing.clone()), "{set:?}");
    }
}

#[test]
fn of_two_names_the_first_wins_and_a_difference_is_a_warning() {
    let (read, warnings) = wait(&[("WAIT_SECONDS", "7"), ("WAIT_MS", "7000")]);
    assert_eq!((read, warnings.len()), (Ok(7), 0));
    let all = [
        ("WAIT_SECONDS", "7"),
        ("PATIENCE_SECONDS", "7"),
        ("WAIT_MS", "8000"),
    ];
    let twice = |env: &mut Env<'_>| (env.within(&WAIT, 1..=60), env.within(&WAIT, 1..=60));
    let (read, warnings) = with(&all, twice);
    assert_eq!(read, Ok((7, 7)));
    assert_eq!(
        warnings,
        ["WAIT_MS is ignored for WAIT_SECONDS: WAIT_SECONDS is set to something else"]
    );
}

#[test]
fn a_fault_names_what_the_operator_has_set() {
    for (set, fault) in [
        (
            ("WAIT_SECONDS", "long"),
            "WAIT_SECONDS is \"long\": invalid digit found in string",
        ),
        (
            ("PATIENCE_SECONDS", "0"),
            "PATIENCE_SECONDS is \"0\": it must be within 1..=60",
        ),
        (
            ("WAIT_MS", "90000"),
            "WAIT_MS is \"90000\", which is WAIT_SECONDS=90: it must be within 1..=60",
        ),
        (("WAIT_MS", "long"), "WAIT_MS is \"long\": not a number"),
    ] {
        assert_eq!(wait(&[set]).0, Err(vec![fault.to_owned()]));
    }
}

#[test]
fn all_faults_come_together_and_none_shows_a_secret() {
    let read = |env: &mut Env<'_>| (env.parsed::<u64>(&TOKEN), env.value::<u64>(&WAIT));
    let (read, _) = with(&[("TOKEN", "hunter2"), ("WAIT_SECONDS", "long")], read);
    let faults = read.expect_err("two faults");
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("TOKEN: "), "{faults:?}");
    assert!(!faults[0].contains("hunter2"), "{faults:?}");
}

#[test]
fn what_is_required_and_missing_is_a_fault_with_an_example() {
    let (read, _) = with(&[], |env| env.required(&TOKEN));
    assert_eq!(read, Err(vec!["TOKEN is not set (example: 17)".to_owned()]));
}

#[test]
fn an_address_where_all_can_read_along_is_a_fault_of_its_setting() {
    const HOME: Setting = Setting::new("HOME_URL", "https://example.org", "Where it is.");
    const HOOK: Setting = Setting::optional("HOOK_URL", "https://example.org", "Where to call.");
    for (value, good) in [
        ("https://api.example.org/v1", true),
        ("http://127.0.0.1:4010", true),
        ("http://127.9.9.9/", true),
        ("http://localhost:9000", true),
        ("http://[::1]:9000", true),
        ("http://api.example.org/v1", false),
        ("http://localhost.example.org", false),
        ("http://127.0.0.1.example.org", false),
        ("http://10.0.0.7:9000", false),
        ("http://[::2]:9000", false),
        ("ftp://127.0.0.1/", false),
        ("file:///etc/passwd", false),
    ] {
        let set = [(HOME.name, value), (HOOK.name, value)];
        let (read, _) = with(&set, |env| (env.url(&HOME), env.optional_url(&HOOK)));
        let faults = read.err().unwrap_or_default();
        let named = |name: &str| faults.iter().any(|fault| fault.starts_with(name));
        assert_eq!(
            (named(HOME.name), named(HOOK.name)),
            (!good, !good),
            "{value}"
        );
    }
}

const PASSWORD: Setting = Setting::optional("PASSWORD", "x", "Never shown. Not set: none.")
    .secret()
    .also(&[Spelling::same("PASS")]);

/// Reads a secret from a file with this content, whose path is in a variable of this name.
fn from_file(content: &str, name: &str) -> (Result<Option<String>, Vec<String>>, String) {
    let path = std::env::temp_dir().join(format!("symancy-{}-{name}", std::process::id()));
    std::fs::write(&path, content).expect("written");
    let path = path.to_str().expect("a path").to_owned();
    let (read, _) = with(&[(name, path.as_str())], |env| env.optional(&PASSWORD));
    std::fs::remove_file(&path).expect("removed");
    (read, path)
}

#[test]
fn a_secret_may_stand_in_a_file_under_each_of_its_names() {
    for name in ["PASSWORD_FILE", "PASS_FILE"] {
        let (read, _) = from_file("hunter2\n", name);
        assert_eq!(read, Ok(Some("hunter2".to_owned())), "{name}");
    }
}

#[test]
fn a_file_without_a_secret_is_a_fault_that_does_not_tell_the_path() {
    let (read, path) = from_file(" \n", "PASSWORD_FILE");
    let faults = read.expect_err("empty");
    assert_eq!(
        faults,
        ["PASSWORD_FILE: the file that it names is empty"],
        "{path}"
    );
    let (read, _) = with(&[("PASSWORD_FILE", "/hunter2")], |env| {
        env.required(&PASSWORD)
    });
    let faults = read.expect_err("no such file");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with("PASSWORD_FILE: the file that it names cannot be read: "),
        "{faults:?}"
    );
    assert!(!faults[0].contains("hunter2"), "{faults:?}");
}

#[test]
fn a_secret_that_is_set_and_stands_in_a_file_as_well_is_a_fault() {
    let both = [("PASSWORD", "hunter2"), ("PASSWORD_FILE", "/etc/hostname")];
    let (read, _) = with(&both, |env| env.required(&PASSWORD));
    assert_eq!(
        read,
        Err(vec![
            "PASSWORD: PASSWORD_FILE is set as well; set one of them".to_owned()
        ])
    );
}

#[test]
fn what_is_no_secret_is_not_read_from_a_file() {
    let set = [("WAIT_SECONDS_FILE", "/etc/hostname")];
    assert_eq!(wait(&set).0, Ok(5));
}

#[test]
fn only_secrets_that_are_set_are_told_with_their_values() {
    const ALL: [Section; 1] = [Section {
        title: "All",
        settings: &[WAIT, PASSWORD, TOKEN],
    }];
    let set = [("PASS", "hunter2"), ("WAIT_SECONDS", "7")];
    let (read, _) = with(&set, |env| env.secrets(&ALL));
    assert_eq!(read, Ok(vec![("PASSWORD", "hunter2".to_owned())]));
}
