//! Chores of the journal of paid calls.

use jobs::chore;

chore! {
    /// Settles calls that cost money and whose job no worker runs any more. Running twice settles
    /// nothing more.
    SettleCalls, "retention.settle_calls.v1", 300
}
