use super::*;
use crate::rate_limits::limit::{Decision, tightest};
use crate::users::model::PersonKey;

fn bucket(address: &str) -> Bucket {
    Bucket::address(address.parse().expect("an address"))
}

#[test]
fn addresses_of_one_ipv6_network_are_one_and_ipv4_is_each_its_own() {
    assert_eq!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:2:ffff::9"));
    assert_ne!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:3::1"));
    assert_eq!(bucket("::ffff:192.0.2.1"), bucket("192.0.2.1"));
    assert_ne!(bucket("192.0.2.1"), bucket("192.0.2.2"));
}

fn read(set: &[(&str, &str)]) -> RateLimits {
    let lookup = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let mut env = Env::new(&lookup);
    let limits = RateLimits::read(&mut env);
    env.finish(limits).expect("no fault")
}

#[test]
fn the_limits_answer_to_the_names_of_the_design_documents() {
    let limits = read(&[
        ("RATE_LIMIT_WINDOW_MS", "900000"),
        ("RATE_LIMIT_MAX_REQUESTS", "7"),
    ]);
    assert_eq!(limits.address.points, 7);
    assert_eq!(limits.person.points, 120);
    for limit in [limits.address, limits.person, limits.key, limits.admin] {
        assert_eq!(limit.window, Duration::from_secs(900));
    }
}

#[test]
fn without_rate_limiting_there_is_no_limit() {
    let limits = read(&[("ENABLE_RATE_LIMITING", "false"), ("RATE_LIMIT_USER", "5")]);
    let all = limits.named().chain([limits.admin]);
    assert!(all.map(|limit| limit.points).all(|points| points == 0));
    assert_eq!(limits.of_key(Uuid::nil(), 7).limit.points, 0);
    let holder = Holder::Organization(Uuid::nil());
    assert_eq!(limits.of_holder(holder, Some(7)).limit.points, 0);
}

#[test]
fn keys_in_redis_are_distinct() {
    let person = Holder::Person(PersonKey::Telegram(7));
    let limits = read(&[]);
    let address = "192.0.2.1".parse().expect("an address");
    let auth = limits.of_class(Class::Auth, address, Some(person)).next();
    let ai = limits.of_class(Class::Ai, address, Some(person)).next();
    let nil = Uuid::nil();
    for (bucket, key) in [
        (Bucket::Holder(person), "{user:7}".to_owned()),
        (
            Bucket::Holder(Holder::Organization(nil)),
            format!("{{org:{nil}}}"),
        ),
        (Bucket::Key(nil), format!("{{key:{nil}}}")),
        (bucket("2001:db8::1"), "{ip:2001:db8::}".to_owned()),
        (bucket("192.0.2.1"), "{ip:192.0.2.1}".to_owned()),
        (
            auth.expect("a policy").bucket,
            "auth:{ip:192.0.2.1}".to_owned(),
        ),
        (ai.expect("a policy").bucket, "ai:{user:7}".to_owned()),
    ] {
        assert_eq!(bucket.redis_key("p"), format!("p:rate:{key}"));
    }
}

/// What stands in braces is hashed (Redis Cluster specification, "Hash tags").
#[test]
fn limits_that_one_script_counts_in_a_cluster_have_one_hash_tag() {
    let person = Holder::Person(PersonKey::Telegram(7));
    let limits = read(&[]);
    let address = "192.0.2.1".parse().expect("an address");
    let auth = limits.of_class(Class::Auth, address, Some(person)).next();
    let ai = limits.of_class(Class::Ai, address, Some(person)).next();
    let all = [
        Bucket::Holder(person),
        ai.expect("a policy").bucket,
        auth.expect("a policy").bucket,
        bucket("192.0.2.1"),
        Bucket::Key(Uuid::nil()),
        Bucket::Notice(7),
    ];
    let tag = |bucket: &Bucket| {
        let key = bucket.redis_key("p");
        let tagged = key
            .split_once('{')
            .and_then(|(_, rest)| rest.split_once('}'));
        tagged.expect("a tag").0.to_owned()
    };
    for one in &all {
        for other in &all {
            assert_eq!(
                one.is_beside(other),
                tag(one) == tag(other),
                "{one:?} {other:?}"
            );
        }
    }
}

#[test]
fn a_route_is_counted_by_its_class_for_whom_the_policy_names() {
    let (limits, nowhere) = (read(&[("RATE_LIMIT_AI", "4")]), IpAddr::from([0; 4]));
    let of = |class, holder| -> Vec<_> {
        let of = limits.of_class(class, nowhere, holder);
        of.map(|against| {
            (
                against.limit.name,
                against.limit.points,
                against.limit.window.as_secs(),
            )
        })
        .collect()
    };
    let someone = Some(Holder::Organization(Uuid::nil()));
    assert_eq!(of(Class::General, someone), []);
    assert_eq!(of(Class::Auth, None), [("auth", 100, 900)]);
    assert_eq!(of(Class::Ai, someone), [("ai", 4, 60)]);
    assert_eq!(of(Class::Export, someone), [("export", 10, 86_400)]);
    // A key of operators.
    assert_eq!(of(Class::Ai, None), []);
}

#[test]
fn the_plan_says_how_many_a_minute_unless_there_is_no_limit() {
    let of = |limits: &RateLimits, plan| {
        let limit = limits
            .of_holder(Holder::Organization(Uuid::nil()), plan)
            .limit;
        (limit.points, limit.window.as_secs())
    };
    let limits = read(&[("RATE_LIMIT_WINDOW_MS", "900000")]);
    assert_eq!(of(&limits, None), (120, 900));
    assert_eq!(of(&limits, Some(600)), (600, 60));
    let without = read(&[("RATE_LIMIT_USER", "0")]);
    assert_eq!(of(&without, Some(600)).0, 0);
}

#[test]
fn the_headers_tell_of_the_limit_that_leaves_least() {
    let made = |admitted, remaining, seconds| {
        let reset = Duration::from_secs(seconds);
        (
            NOTICE,
            Decision {
                admitted,
                remaining,
                reset,
            },
        )
    };
    for (counted, told) in [
        (vec![made(true, 5, 1), made(true, 3, 9)], Some(1)),
        (
            vec![made(true, 0, 1), made(false, 0, 2), made(false, 0, 9)],
            Some(2),
        ),
        (vec![], None),
    ] {
        let told = told.map(|at: usize| counted[at].1);
        assert_eq!(tightest(&counted).map(|(_, made)| *made), told);
    }
}
