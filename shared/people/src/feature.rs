//! The lists of this crate.

use futures_util::FutureExt;
use jobs::Feature;
use jobs::personal::{self, Lock, PersonalData, Value};
use kernel::tables::{ADD, ALL, Erasure, Export, KEEP, Loss, NONE, READ, Table};

use crate::{
    abuse_memory, accounts, codes, facts, idempotency, metrics, organizations, privacy, sessions,
    spent_proofs, suspensions,
};

pub const FEATURE: Feature = Feature {
    queues: &[privacy::QUEUE, privacy::EXPORTS],
    jobs: &[
        privacy::jobs::JOBS,
        privacy::messages::MESSAGES,
        accounts::jobs::JOBS,
    ],
    schedules: privacy::jobs::SCHEDULES,
    metrics: metrics::METRICS,
    codes: codes::ALL,
    facts: facts::FACTS,
    shapes: facts::SHAPES,
    tables: &[
        // The person's row itself is deleted last, by the erasure.
        Table::of_persons("users", Erasure::Statement, Export::Listed)
        .loses(Loss::Nothing("about themselves alone")).rights(KEEP, ALL),
        // Personal ones go with the person's row. Organizations: `organizations::estate`.
        Table::of_persons("accounts", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing("the one that each person has")),
        Table::of_persons("suspensions", Erasure::Cascade, Export::Listed),
        Table::of_persons("members", Erasure::Cascade, Export::Listed),
        Table::of_persons(
            "invitations",
            Erasure::Statement,
            Export::Excused("of organizations; the mail has told the person what they say"),
        )
        .loses(Loss::Nothing("of organizations, which count by their members")),
        Table::of_persons("identities", Erasure::Cascade, Export::Listed)
        .loses(Loss::Nothing("what moves, or goes after it")).rights(ALL, READ),
        Table::of_persons(
            "passwords",
            Erasure::Cascade,
            Export::Excused("a hash, by which nobody knows the password"),
        )
        .loses(Loss::Nothing("of an identity that moves"))
        .rights(ALL, NONE),
        Table::of_persons("totp_secrets", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing("of a way in that moves"))
            .rights(ALL, READ),
        Table::of_persons("recovery_codes", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing("of a way in that moves"))
            .rights(ALL, READ),
        Table::of_persons("passkeys", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing("a way in beside those that move"))
            .rights(ALL, READ),
        Table::of_persons("sessions", Erasure::Cascade, Export::Listed)
            .loses(Loss::Nothing("they end"))
            .rights(KEEP, ALL),
        Table::of_persons(
            "one_time_tokens",
            Erasure::Cascade,
            Export::Excused("digests of links, until they are used or over"),
        )
        .loses(Loss::Nothing("links that end")),
        Table::of_persons(
            "address_requests",
            Erasure::Statement,
            Export::Excused("what was asked for an address, for a day"),
        )
        .loses(Loss::Nothing("they end")),
        Table::impersonal(
            "sign_in_attempts",
            "counts by keyed hashes of addresses and networks, for a day",
        ),
        Table::impersonal(
            "spent_proofs",
            "digests of what Telegram has signed and of challenges of passkeys, for ten minutes",
        )
        .rights(ADD, ALL),
        Table::of_persons(
            "api_keys",
            Erasure::Statement,
            Export::Listed,
        )
        .rights(ALL, KEEP),
        Table::of_persons(
            "idempotency_keys",
            Erasure::Statement,
            Export::Excused("answers that the person has got already, for a day"),
        )
        .loses(Loss::Nothing("answers that the person has got already")),
        Table::of_persons(
            "privacy_requests",
            Erasure::Statement,
            Export::Excused("the request for this very copy, and those before it"),
        )
        .loses(Loss::Nothing("about the data that is not there"))
        .rights(KEEP, ALL),
        Table::of_persons(
            "abuse_memory",
            Erasure::Outlives("by a keyed hash, for 60 days: how often, and when, all was deleted, and a suspension"),
            Export::Excused("of persons whose data was deleted"),
        )
        .rights(READ, ALL),
    ],
    prune: &[
        idempotency::queries::PRUNE,
        privacy::queries::PRUNE,
        abuse_memory::PRUNE,
        organizations::invitation_rows::PRUNE,
        sessions::stored::PRUNE,
        accounts::tokens::PRUNE,
        accounts::requests::PRUNE,
        accounts::throttle::PRUNE,
        suspensions::PRUNE,
        spent_proofs::PRUNE,
    ],
    definitions: crate::DEFINITIONS,
    personal: PersonalData {
        export: EXPORT,
        erasure: personal::Erasure {
            // Their jobs go: without a job a request would be live for ever, should the erasure not end.
            stop: &[
                "UPDATE privacy_requests SET status = 'failed', error_code = 'E902', completed_at = now()
                     FROM person WHERE user_id = person.id AND kind = 'export'
                       AND status IN ('pending', 'processing')",
            ],
            locks: &[
                // Changes of members lock these first, and then refer to the person.
                Lock {
                    order: 200,
                    query: "SELECT FROM accounts WHERE id IN (SELECT account_id FROM members WHERE user_id = $1)
                            ORDER BY id FOR UPDATE",
                },
                // After everything that refers to them.
                Lock {
                    order: u8::MAX,
                    query: "SELECT FROM users WHERE id = $1 FOR UPDATE",
                },
            ],
            remember: &[
                "INSERT INTO abuse_memory AS known (memory_key, deletions, last_deletion_at, last_export_at,
                     suspended_until, kept_until)
                 SELECT memory_key, 1, now(), (SELECT max(created_at) FROM privacy_requests
                     WHERE user_id = person.id AND kind = 'export' AND status <> 'failed'),
                     (SELECT COALESCE(until, 'infinity') FROM suspensions
                         WHERE account_id = person.id AND (until IS NULL OR until > now())),
                     now() + interval '60 days' FROM person
                 ON CONFLICT (memory_key) DO UPDATE SET deletions = known.deletions + 1,
                     last_deletion_at = excluded.last_deletion_at, kept_until = excluded.kept_until,
                     suspended_until = excluded.suspended_until,
                     last_export_at = COALESCE(excluded.last_export_at, known.last_export_at)",
            ],
            recall: &[
                "INSERT INTO suspensions (account_id, reason, since, until)
                 SELECT id, 'as before the deletion of all data', now(), NULLIF(suspended_until, 'infinity')
                 FROM abuse_memory JOIN person USING (memory_key)
                 WHERE suspended_until > now() AND kept_until > now()
                 ON CONFLICT DO NOTHING",
            ],
            objects: &[|conn, id| privacy::queries::archives(conn, id).boxed()],
            statements: &[
                "DELETE FROM privacy_requests USING person WHERE user_id = person.id AND kind = 'export'",
                "DELETE FROM address_requests USING person WHERE user_id = person.id OR email_key IN (
                     SELECT subject FROM identities WHERE identities.user_id = person.id AND provider = 'email'
                         AND verified_at IS NOT NULL)",
                // Letters from before they were a person, and those to an address that nobody was known to have.
                "DELETE FROM emails USING person WHERE emails.user_id IS NULL AND template <> 'contact_received'
                     AND lower(to_address COLLATE \"C\") IN (
                         SELECT subject FROM identities WHERE identities.user_id = person.id AND provider = 'email'
                             AND verified_at IS NOT NULL)",
                "DELETE FROM idempotency_keys USING person WHERE caller = ANY (person.keys ||
                     ARRAY(SELECT 'key:' || id FROM api_keys WHERE account_id = person.id))",
                "DELETE FROM invitations USING person WHERE address IN (
                     SELECT subject FROM identities WHERE user_id = person.id AND provider = 'email'
                         AND verified_at IS NOT NULL)",
                // A key without a person left acts for none.
                "UPDATE api_keys SET persons = array_remove(persons, person.telegram_id)
                     FROM person WHERE person.telegram_id = ANY (persons)",
                // The throttle keys name them as well. In the order in which a release locks them.
                "DELETE FROM job_keys WHERE key IN (SELECT key FROM job_keys, person
                     WHERE key = ANY (person.keys) ORDER BY key FOR UPDATE OF job_keys)",
            ],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new(crate::NAME)
};

const EXPORT: personal::Export = personal::Export {
    values: &[
        Value {
            name: "personal_data",
            query: "SELECT jsonb_build_object(
                        'id', id, 'telegram_id', telegram_id, 'username', username,
                        'first_name', first_name, 'last_name', last_name,
                        'phone', phone, 'company', company,
                        'language_code', language_code, 'timezone', timezone,
                        'notices', jsonb_build_object(
                            'analysis_started', notice_analysis_started,
                            'limit_free', notice_limit_free, 'trial_ending', notice_trial_ending),
                        'created_at', created_at, 'last_seen_at', last_seen_at,
                        'bot_blocked_at', bot_blocked_at, 'heard_at', heard_at) AS value
                    FROM users WHERE id = $1",
        },
        Value {
            name: "account",
            query: "SELECT jsonb_build_object('id', id, 'kind', kind, 'created_at', created_at) AS value
                    FROM accounts WHERE user_id = $1",
        },
        Value {
            name: "suspension",
            query: "SELECT jsonb_build_object('reason', reason, 'since', since, 'until', until) AS value
                    FROM suspensions WHERE account_id = $1",
        },
        Value {
            name: "ways_in",
            query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                        'provider', provider, 'subject', COALESCE(spelling, subject), 'verified_at', verified_at,
                        'created_at', created_at) ORDER BY created_at, id), '[]') AS value
                    FROM identities WHERE user_id = $1",
        },
        Value {
            name: "organizations",
            query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                        'id', accounts.id, 'name', name, 'role', role, 'since', members.created_at)
                        ORDER BY members.created_at, accounts.id), '[]') AS value
                    FROM members JOIN accounts ON accounts.id = account_id WHERE members.user_id = $1",
        },
        Value {
            name: "api_keys",
            query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                        'id', id, 'name', name, 'prefix', prefix, 'note', note, 'scopes', scopes,
                        'allowed_addresses', allowed_addresses, 'created_at', created_at,
                        'expires_at', expires_at, 'revoked_at', revoked_at, 'last_used_at', last_used_at,
                        'last_used_address', last_used_address) ORDER BY created_at, id), '[]') AS value
                    FROM api_keys WHERE account_id = $1",
        },
        Value {
            name: "sessions",
            query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                        'created_at', created_at, 'last_seen_at', last_seen_at, 'user_agent', user_agent,
                        'address', host(address), 'method', method, 'second_method', second_method,
                        'second_at', second_at, 'revoked_at', revoked_at,
                        'revoked_why', revoked_why) ORDER BY created_at, id), '[]') AS value
                    FROM sessions WHERE user_id = $1",
        },
        // Public keys tell nothing of a person, and the names of credentials would lead to them elsewhere.
        Value {
            name: "passkeys",
            query: "SELECT COALESCE(jsonb_agg(jsonb_build_object(
                        'name', name, 'transports', transports, 'backed_up', backed_up, 'created_at', created_at,
                        'last_used_at', last_used_at) ORDER BY created_at, id), '[]') AS value
                    FROM passkeys WHERE user_id = $1",
        },
        // Since when, and how many; never a secret.
        Value {
            name: "second_factors",
            query: "SELECT jsonb_build_object(
                        'app_since', (SELECT confirmed_at FROM totp_secrets WHERE user_id = $1),
                        'recovery_codes', (SELECT count(*) FROM recovery_codes WHERE user_id = $1)) AS value",
        },
        Value {
            name: "consents",
            query: "SELECT jsonb_build_object(
                        'terms_of_use', jsonb_build_object(
                            'accepted', consent_terms, 'accepted_at', consent_terms_at,
                            'version', consent_terms_version),
                        'privacy_policy', jsonb_build_object(
                            'accepted', consent_privacy, 'accepted_at', consent_privacy_at,
                            'version', consent_privacy_version),
                        'product_analytics', jsonb_build_object(
                            'accepted', consent_analytics_at IS NOT NULL,
                            'accepted_at', consent_analytics_at)) AS value
                    FROM users WHERE id = $1",
        },
    ],
    ..personal::Export::NONE
};
