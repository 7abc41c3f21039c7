//! What the features bring, put together: the lists of the whole product.

use crate::features::{ai, analyses, audit, bot, idempotency, privacy, probes};
use crate::jobs::prune;

/// The statements that delete what each feature keeps only for a while (docs/PRIVACY.md).
pub const PRUNE: &[&[&str]] = &[
    prune::PRUNE,
    bot::queries::PRUNE,
    probes::queries::PRUNE,
    audit::queries::PRUNE,
    analyses::said::PRUNE,
    idempotency::queries::PRUNE,
    privacy::queries::PRUNE,
    ai::queries::PRUNE,
];
