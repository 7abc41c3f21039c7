//! Where tokens of vendors stand sealed, for `symancy secrets reseal`.

use people::factors::reseal::SealedTable;

/// The means of payment, and what vendors have still to be told of them.
pub const TABLES: &[SealedTable] = &[
    SealedTable {
        name: "payment_methods",
        stale: "SELECT id, user_id AS owner, key_id, sealed FROM payment_methods
                WHERE key_id <> $1 AND id > $2 ORDER BY id LIMIT 100",
        put: "UPDATE payment_methods SET key_id = $3, sealed = $4 WHERE id = $1 AND sealed = $2",
    },
    SealedTable {
        name: "vendor_requests",
        stale: "SELECT id, person AS owner, key_id, sealed FROM vendor_requests
                WHERE key_id <> $1 AND sealed IS NOT NULL AND person IS NOT NULL AND id > $2
                ORDER BY id LIMIT 100",
        put: "UPDATE vendor_requests SET key_id = $3, sealed = $4 WHERE id = $1 AND sealed = $2",
    },
];
