//! What each report says, in a sentence: in its answers (`meta.definition`), and in `docs/ANALYTICS.md`.

/// Below which path the reports are.
pub const BASE: &str = "/v1/analytics";

/// A report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Below [`BASE`].
    pub path: &'static str,
    pub definition: &'static str,
}

const fn report(path: &'static str, definition: &'static str) -> Report {
    Report { path, definition }
}

/// All of them, in the order of the document.
pub const REPORTS: &[Report] = &[
    report(
        "/users/growth",
        "Persons who signed up and whose data was deleted in the bucket; an imported one \
         signed up when they first came; total: those who exist at its \
         end; growth_rate = total(end) / total(start) - 1.",
    ),
    report(
        "/users/active",
        "Different persons with at least one message, reading, use of a key (once a day) or sign-in: on the \
         last day of the bucket (dau), and in the 7 (wau) and 30 days (mau) that end with it; stickiness \
         = dau / mau.",
    ),
    report(
        "/users/signups",
        "Persons who signed up in the bucket; verified: of them, who proved their address until now.",
    ),
    report(
        "/users/top",
        "Persons by what they used in the range (tokens, messages or cost); ties by id; share of what \
         all have used.",
    ),
    report(
        "/users/retention",
        "Of those who signed up in a period, the share that was active in the n-th period after it; \
         periods that are not over, or from before it is known who was active, are null.",
    ),
    report(
        "/users/by-plan",
        "Persons by their plan at the end of the bucket, as of the last day on which they were active \
         until then, or as they signed up; active: those who were active in the bucket.",
    ),
    report(
        "/chat/activity",
        "Messages, completed replies and failures (a reading is one of each), and different persons who \
         asked; heatmap by weekday (1 is Monday) and hour of the zone.",
    ),
    report(
        "/chat/tokens",
        "Tokens of completed replies, by the plan of the person at that moment; per_reply = total / \
         replies.",
    ),
    report(
        "/chat/by-provider",
        "Completed replies by the provider that answered (after fallback), not by the one that was \
         asked.",
    ),
    report(
        "/chat/by-model",
        "Completed replies by the model that answered (after fallback), not by the one that was asked.",
    ),
    report(
        "/chat/conversations",
        "Conversations that began in the bucket, with all their messages until now; length: from the \
         first to the last message.",
    ),
    report(
        "/chat/response-times",
        "From the beginning of a good call to its first piece and to its end, in milliseconds; \
         percentiles of a histogram whose buckets grow by a tenth. The first piece comes with the chat, \
         which streams: of readings it is null.",
    ),
    report(
        "/revenue/total",
        "Payments that succeeded minus refunds in the range, by the moment the money moved; in the \
         smallest unit of each currency.",
    ),
    report(
        "/revenue/mrr",
        "MRR: of subscriptions that are active or past due (until their grace ends), the recurring price \
         times quantity minus recurring discounts, per month (a year / 12, a week x 52 / 12); no trials, \
         free plans, single purchases, usage or tax. One that is cancelled at the end of its period \
         counts until then. starting + new + expansion - contraction - churn + reactivation = ending; \
         arr = 12 x ending.",
    ),
    report(
        "/revenue/over-time",
        "Payments that succeeded minus refunds in the bucket, by the moment the money moved.",
    ),
    report(
        "/revenue/by-plan",
        "By plan: customers and MRR at the end of the range, net in the range, and its share of the net \
         of the currency. A customer has at least one subscription that counts into MRR.",
    ),
    report(
        "/revenue/ltv",
        "ltv = ARPA x gross margin / monthly customer churn, both over the last 3 full months; margin = \
         1 - cost of AI / net revenue unless GROSS_MARGIN is set, and null where net came in another \
         currency than USD too, or a plan, provider or model is asked for; without churn 60 months, and \
         capped. realised: what customers have paid in the currency until now, by the month of their first \
         payment in it.",
    ),
    report(
        "/revenue/churn",
        "customer_churn = churned (who left in the bucket, also if they came in it) / customers at the \
         start; mrr_churn = (churn + contraction) / starting; nrr = (starting + expansion - contraction - \
         churn) / starting, grr the same without expansion; both without what is new or came back.",
    ),
    report(
        "/revenue/arpu",
        "arpu = net / active persons; arppu = net / accounts that paid; conversion: of those who signed \
         up in the bucket, the share that has paid until now.",
    ),
    report(
        "/providers/usage",
        "Calls: each attempt at a provider; answered: those whose answer could be used; fallback_in and \
         fallback_out: calls that came from and went to another one after a failure.",
    ),
    report(
        "/providers/performance",
        "success_rate: answers that could be used / calls; percentiles of good calls in milliseconds, of \
         a histogram whose buckets grow by a tenth; first_token comes with the chat, which streams; state: \
         whether the provider is asked now.",
    ),
    report(
        "/providers/cost",
        "As journalled with each call, at the price of that day; projected_month: the month so far / the \
         share of the month that has gone.",
    ),
    report(
        "/providers/popular-models",
        "Models by completed replies, and the different persons whom they answered; change: places \
         climbed against the period before.",
    ),
    report(
        "/providers/errors",
        "Calls that gave no answer that could be used, by kind (timeout, rate_limited, server, refused, \
         unusable, unknown); rate: of all calls of the provider in the bucket.",
    ),
    report(
        "/overview",
        "Headline figures of the range, of the period before, and by bucket; each as its own report \
         defines it.",
    ),
    report(
        "/realtime",
        "From the events of the last 30 minutes, counted or not.",
    ),
];

const HEAD: &str = "# Analytics

Made from the code by `make docs`; do not edit. What happened is summed from the events ([EVENTS.md](EVENTS.md)), and these
endpoints answer from the sums. The fields are in [openapi.json](openapi.json).

Who: operators by a session with a second factor, and keys of operators with the scope `analytics:read`, see what happened
of all; owners, admins and keys of an organization see what happened of it (`X-Account-Id`). Others: 403 E204. Who signs up
or in, asks for a reading and is answered does so for themselves, also a member: of an organization there are its money
(payments, MRR, churn), the use of its keys, and later its chats; the other figures are zero. Its members' plans are not told.

How: `startDate` and `endDate` (days, both included, at most 400; left out: today and the 30 days before), `interval` (`hour`,
`day`, `week` from Monday, `month`; hours of 31 days at most; the range cuts the first and the last one), `timezone` (IANA; left
out: the reporting zone, `ANALYTICS_TIMEZONE`), `compare=previous`, `plan`, `provider`, `model`, `currency`, for operators
`organizationId` (the nil UUID: all personal accounts), `limit` and `offset` of rankings, `format=csv`. What makes no sense is
400 E105.

What comes: `data`, `previous` if that was asked for, and `meta` with the range, `as_of` (the newest fact that is counted),
`complete` (the range is over, and no event of it waits to be counted), `store` and `definition`. Buckets without anything
are there, of each plan, provider or currency that occurs in the range. Money is in the smallest unit of its `currency`;
`_micro_usd` are millionths of a US dollar. Rates are fractions, `null` of nothing. `ETag` and `If-None-Match` spare an answer that is known.
With `DATABASE_REPLICA_URL` a standby answers, some seconds behind.

Sums are exact in any zone whose clocks differ from UTC by quarter hours: all of today's. Different persons are counted by
days of the reporting zone; by hours or in another zone from the events, for at most 31 days and not by plan.

| endpoint | definition |
| --- | --- |
";

const TAIL: &str = "
`GET /v1/analytics/realtime/events` is `realtime` as server-sent events: one an answer, and the client comes back after five
seconds. `/api/analytics/...` answers as `/v1/analytics/...` does.
";

/// `docs/ANALYTICS.md`.
pub fn markdown() -> String {
    let lines = REPORTS
        .iter()
        .map(|Report { path, definition }| format!("| `GET {BASE}{path}` | {definition} |\n"));
    let mut text = HEAD.to_owned();
    text.extend(lines);
    text.push_str(TAIL);
    text
}

/// The sentence of the report of this path; empty for what is none.
pub fn definition(path: &str) -> &'static str {
    let below = path.strip_prefix(BASE).unwrap_or_default();
    let found = REPORTS.iter().find(|one| one.path == below);
    found.map_or("", |one| one.definition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_26_reports_and_each_says_what_it_says_once() {
        let mut paths: Vec<&str> = REPORTS.iter().map(|one| one.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!((REPORTS.len(), paths.len()), (26, 26));
        assert!(definition("/v1/analytics/revenue/mrr").starts_with("MRR: "));
        assert_eq!(definition("/v1/analytics"), "");
    }
}
