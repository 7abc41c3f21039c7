//! Three models of money: a payment that is told of by calls and by answers ([`purchase`]), refunds ([`refund`]), and a
//! renewal that is charged without a page ([`renewal`]).
//!
//! | in the code | here |
//! | --- | --- |
//! | `shared/money/src/payments/rules.rs` `step`, `told.rs` `Told` | [`rules`]; `tests/it/same_rules.rs` compares them |
//! | `shared/money/src/payments/inbox.rs` `keep`, in the transaction of its job | [`purchase::Action::Deliver`] |
//! | `worker/src/money/work_webhook.rs`, `intake.rs` `work` | [`purchase::Action::Take`] |
//! | `intake.rs` `take_in`: one transaction for each event; `inbox.rs` `done` | [`purchase::Action::Proceed`] |
//! | `worker/src/money/ask_vendors.rs` | [`purchase::Action::Ask`] |
//! | `shared/money/src/refunds/request.rs`; `worker/src/money/give_back.rs` `begin`, `find_out` | [`refund::Action::Request`]; [`refund::Action::Begin`], [`refund::Action::LookUp`] |
//! | `give_back.rs` `call`; `arrived`, `failed` | [`refund::Action::Call`]; [`refund::Action::Write`] |
//! | `Gateway::charge_saved` with its key | [`renewal::Action::Call`] |
//!
//! Both processes can be killed between any two steps, and can be as slow as they like: what a process has heard from a
//! vendor may be old when it is written. Calls are lost, doubled and reordered. Every model comes to rest, because what a
//! person, an operator and a fault may do is bounded; what has to hold in the end is asked of the states at rest.
//!
//! Not modelled: money whose refund has failed and disputes (`shared/product/tests/database/payments_returned.rs` tries
//! all orders of those), sums that are not those of the order, and a page that is paid after its day and whose call is
//! lost, which no program is told of.

pub mod purchase;
pub mod refund;
pub mod renewal;
pub mod rules;
