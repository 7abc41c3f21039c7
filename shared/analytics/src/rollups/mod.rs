//! The projection: what each fact adds to which sums.
