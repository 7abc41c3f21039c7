//! What holds of an order, and the states that must be reachable.

use stateright::Property;

use super::Purchase;
use super::state::{Charge, Row, State};
use crate::payments::rules::{PRICE, Status};

pub const ONCE: &str = "a charge gives one month at most";
pub const PAID_FOR: &str = "no month is given without money";
pub const NO_MORE: &str = "no more is said to be back than is";
pub const LATE: &str = "nothing is given after all is known to be back";
pub const AGREES: &str = "at rest the rows say what the vendor says";

/// The properties of a protocol. The "sometimes" properties prove that the scope is large enough.
pub fn of(protocol: &Purchase) -> Vec<Property<Purchase>> {
    let mut all = vec![
        Property::always(ONCE, |_, s: &State| each(s, |_, row| row.grants <= 1)),
        Property::always(PAID_FOR, |_, s: &State| {
            each(s, |charge, row| charge.paid || row.grants == 0)
        }),
        Property::always(NO_MORE, |_, s: &State| {
            each(s, |charge, row| row.returned <= charge.gone)
        }),
        Property::always(LATE, |_, s: &State| !s.late),
        Property::always(AGREES, |model: &Purchase, s: &State| {
            !model.is_at_rest(s) || each(s, agrees)
        }),
        Property::sometimes("all charges are granted at rest", |model: &Purchase, s| {
            model.is_at_rest(s) && each(s, |_, row| row.status == Status::Succeeded)
        }),
        Property::sometimes("all money is back at rest", |model: &Purchase, s| {
            model.is_at_rest(s) && each(s, |_, row| row.status == Status::Refunded)
        }),
        Property::sometimes("two processes settle at once", |_, s: &State| {
            let mut busy = s.processes.iter().flatten();
            busy.clone().count() == 2 && busy.all(|one| !one.words.is_empty())
        }),
    ];
    if protocol.scope.fails {
        all.push(Property::sometimes(
            "an order ends unpaid",
            |model: &Purchase, s| {
                model.is_at_rest(s) && each(s, |_, row| row.status == Status::Failed)
            },
        ));
    }
    all
}

fn each(state: &State, condition: impl Fn(&Charge, &Row) -> bool) -> bool {
    let both = state.charges.iter().zip(&state.rows);
    both.into_iter().all(|(charge, row)| condition(charge, row))
}

fn agrees(charge: &Charge, row: &Row) -> bool {
    match (charge.paid, charge.gone) {
        (false, _) => row.grants == 0 && row.returned == 0,
        (true, gone) if gone < PRICE => {
            row.status == Status::Succeeded && row.grants == 1 && row.returned == gone
        }
        (true, _) => row.status == Status::Refunded && row.returned == PRICE,
    }
}
