//! What is recorded about calls of AI. The function `paid_call_tells` writes it, because several statements record outcomes.

use kernel::facts::{FactKind, Field, Holds, Shape};

pub(crate) const FACTS: &[FactKind] = &[CALLED];

pub(crate) const SHAPES: &[Shape] = &[Shape {
    kind: CALLED,
    fields: FIELDS,
}];

const CALLED: FactKind = FactKind {
    name: "provider.called",
    version: 1,
    about: "A call of a model has an outcome, or another one than was told before.",
};

const KINDS: Holds = Holds::OneOf(&[
    "answered",
    "timeout",
    "rate_limited",
    "server",
    "refused",
    "unusable",
    "unknown",
]);

const MODEL: Holds = Holds::Fields(&[
    field("provider", Holds::Text, "The vendor."),
    field(
        "model",
        Holds::Maybe(&Holds::Text),
        "By the name that the vendor has for it.",
    ),
]);

const FIELDS: &[Field] = &[
    field("call", Holds::Id, "Of the call."),
    field("provider", Holds::Text, "The vendor."),
    field(
        "model",
        Holds::Maybe(&Holds::Text),
        "By the name that the vendor has for it.",
    ),
    field("step", Holds::Maybe(&Holds::Text), "What it was asked for."),
    field("at", Holds::Moment, "When the call began."),
    field("kind", KINDS, "The outcome."),
    field(
        "was",
        Holds::Maybe(&KINDS),
        "What was told of this call before; then tokens and cost are what has come to that.",
    ),
    field("ms", Holds::Integer, "From its beginning to its end."),
    field(
        "was_ms",
        Holds::Maybe(&Holds::Integer),
        "The same, as it was told before.",
    ),
    field("tokens_in", Holds::Integer, "Tokens of the question."),
    field("tokens_out", Holds::Integer, "Tokens of the answer."),
    field(
        "cost_micro_usd",
        Holds::Integer,
        "Millionths of a dollar, at the price of that day.",
    ),
    field(
        "instead_of",
        Holds::Maybe(&MODEL),
        "The other model whose call for the same has failed just before.",
    ),
];

const fn field(name: &'static str, holds: Holds, about: &'static str) -> Field {
    Field { name, holds, about }
}
