//! Where the secrets of endpoints stand sealed, for `symancy secrets reseal`.

use people::factors::reseal::SealedTable;

/// The secrets that messages are signed with.
pub const TABLES: &[SealedTable] = &[SealedTable {
    name: "webhook_secrets",
    stale: "SELECT id, account_id AS owner, key_id, sealed FROM webhook_secrets
            WHERE key_id <> $1 AND id > $2 ORDER BY id LIMIT 100",
    put: "UPDATE webhook_secrets SET key_id = $3, sealed = $4 WHERE id = $1 AND sealed = $2",
}];
