//! Chores of the journal of paid calls.

use jobs::chore;

chore! {
    /// Settles open paid calls whose job will not run any more. Idempotent.
    SettleCalls, "retention.settle_calls.v1", 300
}
