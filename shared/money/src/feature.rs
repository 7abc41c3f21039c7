//! The lists of this crate.

use jobs::Feature;
use jobs::personal::{self, List, Lock, PersonalData, Value};

use kernel::tables::{ADD, ALL, Erasure, Export, KEEP, Loss, READ, Table};

use crate::meters::queries::LOCK_ALL;
use crate::{
    books, codes, facts, invoices, meters, metrics, news, payments, refunds, renewals,
    subscriptions,
};

pub const FEATURE: Feature = Feature {
    queues: &[payments::QUEUE],
    jobs: &[
        subscriptions::jobs::JOBS,
        subscriptions::messages::MESSAGES,
        payments::messages::MESSAGES,
        payments::inbox::JOBS,
        payments::asking::JOBS,
        books::jobs::JOBS,
        refunds::jobs::JOBS,
        refunds::messages::MESSAGES,
        renewals::jobs::JOBS,
        renewals::messages::MESSAGES,
        invoices::jobs::JOBS,
        news::JOBS,
    ],
    schedules: &[
        subscriptions::jobs::SCHEDULE,
        books::jobs::SCHEDULE,
        books::jobs::STATEMENTS,
        payments::asking::OPEN,
        payments::asking::PAID,
        renewals::jobs::SCHEDULE,
        invoices::jobs::SCHEDULE,
    ],
    metrics: metrics::METRICS,
    codes: codes::ALL,
    facts: facts::FACTS,
    shapes: facts::SHAPES,
    tables: &[
        Table::impersonal("plans", "what is for sale").rights(READ, READ),
        Table::impersonal("plan_prices", "what plans cost in other money").rights(READ, READ),
        Table::impersonal("plan_limits", "what plans allow").rights(KEEP, READ),
        Table::of_persons("subscriptions", Erasure::Cascade, Export::Listed)
            .loses(Loss::RowsWith("tier <> 'FREE'"))
            .rights(KEEP, KEEP),
        Table::of_persons("payments", Erasure::Statement, Export::Listed).rights(KEEP, KEEP),
        Table::of_persons(
            "payment_reports",
            Erasure::Statement,
            Export::Excused("what vendors say of the payments that are in the copy"),
        )
        .loses(Loss::Nothing(
            "what vendors say of the payments, which are asked themselves",
        ))
        .rights(KEEP, KEEP),
        Table::of_persons("payment_methods", Erasure::Cascade, Export::Listed).loses(
            Loss::Nothing("they came with payments, which are asked themselves"),
        ),
        Table::of_persons(
            "payment_customers",
            Erasure::Cascade,
            Export::Excused("digests of the vendors' numbers of what is in the copy"),
        )
        .loses(Loss::Nothing(
            "whose means of payment are kept, which came with payments",
        )),
        Table::of_persons("renewals", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing(
                "how plans go on that were paid for, which are asked themselves",
            ))
            .rights(KEEP, KEEP),
        Table::of_persons("subscription_history", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing(
                "what happened to a plan, which is asked itself",
            ))
            .rights(ADD, ADD),
        Table::of_persons(
            "vendor_requests",
            Erasure::Outlives(
                "until the vendor has forgotten the means of payment, or has stopped the renewals: mostly a minute",
            ),
            Export::Excused("the vendors' numbers of what is no more in use"),
        ),
        Table::of_persons("refunds", Erasure::Statement, Export::Listed)
            .loses(Loss::Nothing(
                "what went back of payments, which are asked themselves",
            ))
            .rights(KEEP, KEEP),
        Table::of_persons("refund_wishes", Erasure::Statement, Export::Listed)
            .loses(Loss::Nothing(
                "what persons wrote of payments, which are asked themselves",
            ))
            .rights(ADD, ALL),
        Table::of_persons(
            "webhook_inbox",
            Erasure::Statement,
            Export::Excused("what vendors say of the payments that are in the copy"),
        )
        .loses(Loss::Nothing(
            "what vendors say of the payments, which are asked themselves",
        ))
        .rights(KEEP, ALL),
        // Processes of the previous release write to it.
        Table::impersonal("payment_events", "events by the numbers of their vendors")
            .rights(KEEP, KEEP),
        Table::impersonal("book_entries", "what was booked, by the ids of payments")
            .rights(ADD, ADD),
        Table::impersonal("book_postings", "sums").rights(ADD, ADD),
        Table::of_persons("billing_details", Erasure::Cascade, Export::Listed).rights(KEEP, READ),
        // Kept by law, with the buyer as they named themselves, but without the person.
        Table::of_persons("invoices", Erasure::Statement, Export::Listed)
            .loses(Loss::Nothing(
                "they stand beside the payments, which are asked themselves",
            ))
            .rights(ADD, KEEP),
        Table::impersonal("invoice_lines", "what was sold, by the ids of invoices")
            .rights(ADD, ADD),
        Table::impersonal("invoice_links", "digests of secrets, by the ids of invoices")
            .rights(READ, ALL),
        Table::impersonal("invoice_counters", "the last numbers of invoices").rights(KEEP, KEEP),
        Table::of_persons("meters", Erasure::Cascade, Export::Listed)
            .loses(Loss::RowsWith("bonus_units > 0"))
            .rights(KEEP, KEEP),
        // Processes of the previous release write to it.
        Table::view("usage_limits").rights(KEEP, KEEP),
        Table::view("current_meters"),
        Table::of_persons(
            "usage_memory",
            Erasure::Outlives(
                "by a keyed hash: what was used for 60 days, a used trial or bonus for a year",
            ),
            Export::Excused("of persons whose data was deleted"),
        )
        .rights(KEEP, ALL),
        // Of processes of the previous release.
        Table::view("current_usage"),
    ],
    definitions: crate::DEFINITIONS,
    prune: &[
        meters::queries::PRUNE,
        payments::reports::PRUNE,
        payments::inbox::PRUNE,
        renewals::requests::PRUNE,
        invoices::links::PRUNE,
    ],
    personal: PersonalData {
        export: EXPORT,
        erasure: personal::Erasure {
            // After the readings and before the person.
            locks: &[
                Lock {
                    order: 30,
                    query: LOCK_ALL[0],
                },
                Lock {
                    order: 30,
                    query: LOCK_ALL[1],
                },
                // Organizations that go with their last member: their meters before their rows, as where they pay.
                Lock {
                    order: 30,
                    query: "SELECT FROM meters WHERE account_id IN (SELECT account_id FROM members WHERE user_id = $1)
                            ORDER BY account_id, unit FOR UPDATE",
                },
                Lock {
                    order: 40,
                    query: "SELECT FROM payments WHERE user_id = $1 ORDER BY id FOR UPDATE",
                },
            ],
            remember: REMEMBER,
            recall: RECALL,
            statements: &[
                // What recurred ends with the person; of whom it was, nothing says.
                "INSERT INTO events (id, name, version, data)
                 SELECT gen_random_uuid(), 'subscription.moved', 1,
                     jsonb_build_object('movement', 'churn', 'from', recurs, 'to', NULL)
                 FROM renewals, person WHERE user_id = person.id AND jsonb_typeof(recurs) = 'object'",
                // While the payments still name the person. Of a call that could not be read, the body itself says which
                // payment it is about.
                "UPDATE webhook_inbox SET body = NULL, error = NULL FROM person
                 WHERE body IS NOT NULL AND (payment_id IN (SELECT id FROM payments WHERE user_id = person.id)
                     OR payment_id IS NULL AND EXISTS (SELECT FROM payments WHERE user_id = person.id
                         AND position(convert_to(payments.id::text, 'UTF8') IN body) > 0))",
                // The vendors forget what they keep for the person, and renew nothing more.
                "INSERT INTO vendor_requests (provider, person, key_id, sealed)
                 SELECT provider, user_id, key_id, sealed FROM payment_methods JOIN person ON person.id = user_id",
                "INSERT INTO vendor_requests (provider, charge, payer)
                 SELECT payments.provider, external_id, payer FROM renewals
                 JOIN person ON person.id = renewals.user_id JOIN payments ON payments.id = order_id
                 WHERE renewals.provider = 'telegram_stars' AND external_id IS NOT NULL
                   AND state IN ('active', 'past_due', 'paused')",
                // The words in it are kept without what is about a person.
                "UPDATE payment_reports SET payer = NULL FROM person WHERE payer = person.telegram_id",
                "DELETE FROM refund_wishes USING payments, person
                 WHERE refund_wishes.payment_id = payments.id AND payments.user_id = person.id",
                // Why an operator has given money back may name the person.
                "UPDATE refunds SET reason = '' FROM payments, person
                 WHERE refunds.payment_id = payments.id AND payments.user_id = person.id",
                // What the law requires stays: amount, time, the vendor's number (7 years).
                "UPDATE payments SET user_id = NULL, subscription_id = NULL, metadata = '{}',
                     error_message = NULL, payer = NULL
                 FROM person WHERE user_id = person.id
                    OR subscription_id IN (SELECT id FROM subscriptions WHERE user_id = person.id)",
                // So does the buyer as they named themselves (10 years).
                "UPDATE invoices SET user_id = NULL FROM person WHERE user_id = person.id",
            ],
            of_organizations: &[
                LOCK_ALL[0],
                LOCK_ALL[1],
                "SELECT FROM payments WHERE user_id = $1 ORDER BY id FOR UPDATE",
                "INSERT INTO events (id, name, version, account_id, data)
                 SELECT gen_random_uuid(), 'subscription.moved', 1, user_id,
                     jsonb_build_object('movement', 'churn', 'from', recurs, 'to', NULL)
                 FROM renewals WHERE user_id = $1 AND jsonb_typeof(recurs) = 'object'",
                // What its members wrote, and who paid, goes as with a person; while the payments still name it.
                "UPDATE webhook_inbox SET body = NULL, error = NULL
                 WHERE body IS NOT NULL AND (payment_id IN (SELECT id FROM payments WHERE user_id = $1)
                     OR payment_id IS NULL AND EXISTS (SELECT FROM payments WHERE user_id = $1
                         AND position(convert_to(payments.id::text, 'UTF8') IN body) > 0))",
                "DELETE FROM refund_wishes USING payments
                 WHERE refund_wishes.payment_id = payments.id AND payments.user_id = $1",
                "UPDATE refunds SET reason = '' FROM payments
                 WHERE refunds.payment_id = payments.id AND payments.user_id = $1",
                "UPDATE payments SET user_id = NULL, subscription_id = NULL, metadata = '{}',
                     error_message = NULL, payer = NULL
                 WHERE user_id = $1 OR subscription_id IN (SELECT id FROM subscriptions WHERE user_id = $1)",
                "UPDATE invoices SET user_id = NULL WHERE user_id = $1",
                // The vendors forget what they keep for it. Renewals go with its row; payments and invoices stay.
                "INSERT INTO vendor_requests (provider, person, key_id, sealed)
                 SELECT provider, user_id, key_id, sealed FROM payment_methods WHERE user_id = $1",
            ],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("money")
};

/// Remembers what a person has used whose data is deleted (see [`jobs::personal`]): their readings, which cost money. Of
/// other units a deletion, of which there is one a day, begins the windows anew.
const REMEMBER: &[&str] = &[
    "INSERT INTO usage_memory AS known (memory_key, daily_analyses_used, daily_units_returned,
         daily_limit_reset_at, monthly_analyses_used, monthly_limit_reset_at, trial_used, bonus_as_invited,
         bonus_as_referrer, kept_until)
     SELECT memory_key, day_used, day_returned, day_ends_at, month_used, month_ends_at, COALESCE(trial_used, FALSE),
         bonus_as_invited, bonus_as_referrer,
         now() + CASE WHEN trial_used OR bonus_as_invited OR bonus_as_referrer THEN interval '365 days' ELSE interval '60 days' END
     FROM person JOIN meters ON meters.account_id = person.id AND unit = 'analyses'
     LEFT JOIN subscriptions ON subscriptions.user_id = person.id
     WHERE trial_used OR bonus_as_invited OR bonus_as_referrer OR day_returned + day_used + month_used > 0
     ON CONFLICT (memory_key) DO UPDATE SET
         daily_analyses_used = excluded.daily_analyses_used,
         daily_units_returned = excluded.daily_units_returned,
         daily_limit_reset_at = excluded.daily_limit_reset_at,
         monthly_analyses_used = excluded.monthly_analyses_used,
         monthly_limit_reset_at = excluded.monthly_limit_reset_at,
         trial_used = known.trial_used OR excluded.trial_used,
         bonus_as_invited = known.bonus_as_invited OR excluded.bonus_as_invited,
         bonus_as_referrer = known.bonus_as_referrer OR excluded.bonus_as_referrer,
         kept_until = GREATEST(known.kept_until, excluded.kept_until)",
];

/// Gives it to the person who is made anew, or who has got a way in by which it is remembered: they have used what is
/// more.
const RECALL: &[&str] = &[
    "INSERT INTO meters (account_id, unit, day_used, day_returned, day_ends_at, month_used, month_ends_at,
         bonus_as_invited, bonus_as_referrer)
     SELECT id, 'analyses', daily_analyses_used, daily_units_returned, daily_limit_reset_at, monthly_analyses_used,
         monthly_limit_reset_at, bonus_as_invited, bonus_as_referrer
     FROM usage_memory JOIN person USING (memory_key) WHERE kept_until > now()
     ON CONFLICT (account_id, unit) DO UPDATE SET
         day_used = GREATEST(meters.day_used, excluded.day_used),
         day_ends_at = GREATEST(meters.day_ends_at, excluded.day_ends_at),
         month_used = GREATEST(meters.month_used, excluded.month_used),
         month_ends_at = GREATEST(meters.month_ends_at, excluded.month_ends_at),
         bonus_as_invited = meters.bonus_as_invited OR excluded.bonus_as_invited,
         bonus_as_referrer = meters.bonus_as_referrer OR excluded.bonus_as_referrer",
    "INSERT INTO subscriptions (user_id, trial_used)
     SELECT id, TRUE FROM usage_memory JOIN person USING (memory_key)
     WHERE trial_used AND kept_until > now()
     ON CONFLICT (user_id) DO UPDATE SET trial_used = TRUE",
];

const EXPORT: personal::Export = personal::Export {
    values: &[
        Value {
            name: "usage",
            query: "SELECT jsonb_build_object(
                    'daily_analyses_used', day_used,
                    'daily_limit_reset_at', day_ends_at,
                    'monthly_analyses_used', month_used,
                    'monthly_limit_reset_at', month_ends_at,
                    'bonus_units', bonus_units) AS value
                FROM meters WHERE account_id = $1 AND unit = 'analyses'",
        },
        Value {
            name: "meters",
            query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                    'unit', unit, 'day_used', day_used, 'day_ends_at', day_ends_at,
                    'month_used', month_used, 'month_ends_at', month_ends_at) ORDER BY unit), '[]') AS value
                FROM meters WHERE account_id = $1",
        },
        Value {
            name: "billing_details",
            query: "SELECT to_jsonb(details) - 'user_id' AS value
                FROM billing_details AS details WHERE user_id = $1",
        },
        Value {
            name: "renewal",
            query: "SELECT jsonb_build_object(
                    'state', state, 'tier', tier, 'provider', provider, 'amount', amount, 'currency', currency,
                    'paid_until', paid_until, 'next_at', next_at, 'tries', tries, 'refused_at', refused_at,
                    'access_until', access_until, 'paused_until', paused_until) AS value
                FROM renewals WHERE user_id = $1",
        },
        Value {
            name: "subscription_data",
            query: "SELECT jsonb_build_object(
                    'id', id, 'tier', tier, 'status', status, 'trial_used', trial_used,
                    'trial_ends_at', trial_ends_at, 'current_period_start', current_period_start,
                    'current_period_end', current_period_end,
                    'cancel_at_period_end', cancel_at_period_end, 'canceled_at', canceled_at,
                    'created_at', created_at) AS value
                FROM subscriptions WHERE user_id = $1
                UNION ALL
                SELECT jsonb_build_object('tier', 'FREE', 'status', 'active')
                FROM users WHERE id = $1
                  AND NOT EXISTS (SELECT FROM subscriptions WHERE user_id = $1)",
        },
    ],
    lists: &[
    List {
        name: "refund_wishes",
        row: "'payment_id', id, 'words', words, 'created_at', created_at",
        rows: "(SELECT payment_id AS id, words, refund_wishes.created_at, user_id
                FROM refund_wishes JOIN payments ON payments.id = payment_id) AS own WHERE TRUE",
    },
    List {
        name: "refunds",
        row: "'id', id, 'payment_id', payment_id, 'amount', amount, 'currency', currency, 'state', state,
              'reason', reason, 'created_at', created_at, 'ended_at', ended_at",
        rows: "(SELECT refunds.*, payments.user_id FROM refunds JOIN payments ON payments.id = payment_id) AS own WHERE TRUE",
    },
        List {
            name: "payment_methods",
            row: "'id', id, 'provider', provider, 'label', label, 'expires_on', expires_on,
              'is_default', is_default, 'created_at', created_at",
            rows: "payment_methods WHERE TRUE",
        },
        List {
            name: "subscription_history",
            row: "'id', id, 'action', action, 'from_tier', from_tier, 'to_tier', to_tier, 'ends_at', ends_at,
              'payment_id', payment_id, 'happened_at', happened_at",
            rows: "(SELECT *, happened_at AS created_at FROM subscription_history) AS own WHERE TRUE",
        },
        List {
            name: "payment_history",
            row: "'id', id, 'amount', amount, 'currency', currency, 'status', status,
              'provider', provider, 'tier', tier, 'created_at', created_at,
              'processed_at', processed_at, 'paid_at', paid_at, 'error_code', error_code,
              'payer', payer",
            rows: "payments WHERE TRUE",
        },
        List {
            name: "invoices",
            row: "'id', id, 'number', number, 'kind', kind, 'refers_to', refers_to, 'payment_id', payment_id,
              'currency', currency, 'total_minor', total_minor, 'tax_minor', tax_minor, 'tax_rate', tax_rate,
              'buyer', buyer, 'seller', seller, 'paid_at', paid_at, 'issued_at', issued_at,
              'lines', (SELECT jsonb_agg(to_jsonb(line) - 'invoice_id' ORDER BY position)
                  FROM invoice_lines AS line WHERE line.invoice_id = invoices.id)",
            rows: "invoices WHERE TRUE",
        },
    ],
    ..personal::Export::NONE
};
