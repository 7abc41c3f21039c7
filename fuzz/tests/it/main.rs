//! Every parser that strangers reach: it ends in time, in bounded memory and without a panic, and what it
//! prints it reads again.

mod images;
mod payments;
mod people;
mod requests;
mod vendors_ai;

/// Tests of these targets.
macro_rules! targets {
    ($($test:ident: $target:expr),+ $(,)?) => {$(
        #[test]
        fn $test() {
            fuzz::check(&$target);
        }
    )+};
}
use targets;

use std::time::Duration;

use fuzz::Target;

/// A target of short texts; others change what differs.
const TEXT: Target = Target {
    name: "",
    words: &[],
    largest: 4_096,
    slowest: Duration::from_secs(5),
    more: None,
    run: |_| String::new(),
};

/// How a parser ended that says why.
fn ended<T: std::fmt::Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "read".to_owned(),
        Err(why) => why.to_string(),
    }
}
