//! What the sums answer.
