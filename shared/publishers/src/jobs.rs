//! The chores of the publishers. Without a setting for it, one does nothing.

use jobs::Entry;
use jobs::chore;
use jobs::cron::Schedule;

chore! {
    /// Publishes what happened to RabbitMQ, until there is no more. Idempotent: what was published is published again
    /// only where its confirm was lost.
    PublishEvents, "publishers.publish_events.v1", 120
}

chore! {
    /// Tells PostHog what persons did who have agreed to that, until there is no more. Idempotent likewise.
    CaptureEvents, "publishers.capture_events.v1", 120
}

pub(crate) const JOBS: &[Entry] = &[Entry::of::<PublishEvents>(), Entry::of::<CaptureEvents>()];

pub(crate) const SCHEDULES: &[Schedule] = &[
    Schedule::of::<PublishEvents>("*/10 * * * * *"),
    Schedule::of::<CaptureEvents>("35 * * * * *"),
];
