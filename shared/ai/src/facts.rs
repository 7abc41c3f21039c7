//! What is recorded about calls of AI. The function `paid_call_tells` writes it, because several statements record outcomes.

use kernel::facts::FactKind;

pub(crate) const FACTS: &[FactKind] = &[FactKind {
    name: "provider.called",
    version: 1,
    about: "A call of a model has an outcome, or another one than was told before.",
}];
