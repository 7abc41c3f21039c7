//! The lists of this crate.

use std::io::Cursor;

use ::jobs::Feature;
use ::jobs::personal::{self, Files, List, Lock, PersonalData};
use futures_util::FutureExt;
use kernel::tables::{ADD, ALL, Erasure, Export, KEEP, READ, Table};

use crate::rules::photo_name;
use crate::{chat_messages, codes, erasure, facts, jobs, messages, metrics, photo, shares};

pub const FEATURE: Feature = Feature {
    queues: &[jobs::IMAGE, jobs::ANALYSIS],
    jobs: &[jobs::JOBS, messages::MESSAGES],
    schedules: jobs::SCHEDULES,
    metrics: metrics::METRICS,
    codes: codes::ALL,
    facts: facts::FACTS,
    shapes: facts::SHAPES,
    tables: &[
        Table::of_persons("analysis_archive", Erasure::Cascade, Export::Listed).rights(READ, ADD),
        Table::of_persons("analysis_history", Erasure::Cascade, Export::Listed).rights(ALL, KEEP),
        Table::of_persons("analysis_steps", Erasure::Cascade, Export::Listed).rights(READ, KEEP),
        Table::of_persons("message_context", Erasure::Cascade, Export::Listed),
        Table::of_persons("shared_cards", Erasure::Cascade, Export::Listed).rights(KEEP, ALL),
    ],
    prune: &[chat_messages::PRUNE, shares::PRUNE],
    definitions: crate::DEFINITIONS,
    personal: PersonalData {
        export: EXPORT,
        erasure: personal::Erasure {
            // Their steps find nothing more to do, and no failure is reported to the person.
            stop: &[
                "UPDATE analysis_history SET status = 'canceled', completed_at = now()
                     FROM person WHERE user_id = person.id AND status IN ('pending', 'processing')",
            ],
            // Before the usage row: a reading that fails gives its unit back.
            locks: &[Lock {
                order: 20,
                query: "SELECT FROM analysis_history WHERE user_id = $1 ORDER BY id FOR UPDATE",
            }],
            objects: &[|conn, id| erasure::objects(conn, id).boxed()],
            afterwards: &[|conn, id| erasure::remove_late_photos(conn, id).boxed()],
            ..personal::Erasure::NONE
        },
    },
    ..Feature::new("readings")
};

const EXPORT: personal::Export = personal::Export {
    lists: &[
        List {
            name: "analysis_history",
            row:
                "'id', id, 'created_at', created_at, 'completed_at', completed_at, 'status', status,
                  'input_type', input_type, 'focus_area', focus_area, 'user_text', user_text,
                  'has_photo', image_url IS NOT NULL,
                  'vision', CASE WHEN archived_at IS NULL THEN vision
                                 ELSE archived_vision(id, created_at) END,
                  'analysis', CASE WHEN status <> 'completed' THEN NULL WHEN archived_at IS NULL THEN analysis
                      ELSE COALESCE((SELECT kept.analysis FROM analysis_archive AS kept
                                     WHERE kept.analysis_id = analysis_history.id
                                       AND kept.created_at = analysis_history.created_at), analysis) END,
                  'prompt_versions', (SELECT jsonb_object_agg(step, prompt_version)
                                      FROM analysis_steps WHERE analysis_id = analysis_history.id)",
            rows: "analysis_history WHERE TRUE",
        },
        List {
            name: "messages",
            row: "'created_at', created_at, 'role', role, 'content', content",
            rows: "message_context WHERE TRUE",
        },
        List {
            name: "feedback",
            row: "'analysis_id', id, 'rating', user_rating, 'text', feedback_text",
            rows: "analysis_history WHERE (user_rating IS NOT NULL OR feedback_text IS NOT NULL)",
        },
        List {
            name: "shared_pictures",
            row: "'analysis_id', analysis_id, 'created_at', created_at, 'expires_at', expires_at",
            rows: "shared_cards WHERE TRUE",
        },
    ],
    files: &[Files {
        key: "image_url",
        rows: "analysis_history WHERE image_url IS NOT NULL",
        file_name: |id, bytes| {
            let kind = photo::inspect(Cursor::new(bytes)).ok();
            photo_name(id, kind.map(|photo| photo.content_type()))
        },
    }],
    ..personal::Export::NONE
};
