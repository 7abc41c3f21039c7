//! The lower half of the page: what the deployment stands on, its vendors, its promises, its releases.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use operators::slos::OBJECTIVES;
use operators::status::queries::Archive;
use operators::status::rules::percent;
use operators::status::{Asked, Backups, Facts, Rows, Surroundings};
use product::Core;

use super::parts::moment;

/// All sections. What could not be asked says so in its place.
pub(super) fn sections(core: &Core, facts: &Facts) -> Markup {
    let rows = facts.rows.as_ref().ok();
    html! {
        (stands_on(facts))
        (vendors(core, facts, rows))
        (objectives(&facts.surroundings))
        @if let Some(rows) = rows { (releases(facts, rows)) }
    }
}

/// A table of two columns or more; `rows` are its lines.
fn table(caption: &str, heads: &[&str], rows: Markup) -> Markup {
    html! {
        section {
            table.facts {
                caption { h2 { (caption) } }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn line(name: &str, told: Markup) -> Markup {
    html! { tr { th scope="row" { (name) } td { (told) } } }
}

fn answer<T>(asked: &Asked<T>) -> Markup {
    match asked {
        Ok(_) => html! { span.state.done { "ok" } },
        Err(why) => html! { span.state.dead { "down" } " " (why) },
    }
}

fn stands_on(facts: &Facts) -> Markup {
    let around = &facts.surroundings;
    let rows = html! {
        (line("Postgres", answer(&facts.rows)))
        (line("Redis", answer(&around.redis)))
        (line("Bucket", answer(&around.bucket)))
        (line("Backups", backups(&around.backups, facts.at)))
        @if let Ok(rows) = &facts.rows {
            (line("Schema", html! { code { (rows.schema()) } ", " (rows.migrations.pending.len()) " pending" }))
            (line("Archive of the log", archive(&rows.archive, facts.at)))
        }
    };
    table("Health", &["What", "How it is"], rows)
}

fn backups(asked: &Asked<Option<Backups>>, now: DateTime<Utc>) -> Markup {
    let at = |at: Option<DateTime<Utc>>| html! { @if let Some(at) = at { (moment(at, now)) } @else { "never" } };
    match asked {
        Err(_) => answer(asked),
        Ok(None) => html! { "none by us: BACKUP_S3_BUCKET is not set" },
        Ok(Some(kept)) => html! { "newest " (at(kept.newest)) ", last restore " (at(kept.tried)) },
    }
}

fn archive(archive: &Archive, now: DateTime<Utc>) -> Markup {
    html! {
        @if !archive.is_kept { "Postgres keeps none (archive_mode is off)" }
        @else if let Some(at) = archive.succeeded_at { "last file " (moment(at, now)) }
        @else { "no file yet" }
        @if let Some(at) = archive.failed_at.filter(|_| archive.is_kept) { ", last failure " (moment(at, now)) }
    }
}

fn vendors(core: &Core, facts: &Facts, rows: Option<&Rows>) -> Markup {
    let mailer = core.providers.mailer.name();
    let gateways: Vec<_> = core
        .providers
        .gateways
        .terms()
        .map(|one| one.provider)
        .collect();
    let rows = html! {
        (line("Telegram", telegram(&facts.surroundings)))
        @for one in rows.iter().flat_map(|rows| &rows.vendors) {
            (line(&format!("AI: {}", one.provider), html! {
                span class=(if one.state == "closed" { "state done" } else { "state dead" }) { (one.state) }
                " " (one.answered) " of " (one.calls) " calls of the last hour were answered"
                @if let Some(why) = one.last_error.as_deref().filter(|_| one.state != "closed") { ". " (why) }
            }))
        }
        (line("Payments", html! { (gateways.join(", "))
            @if let Some(rows) = rows { ". " (rows.waiting.calls_failed) " calls failed, " (rows.waiting.calls_late) " are late" } }))
        (line("Mail", html! { (mailer)
            @if let Some(rows) = rows { ". Letters of the last day: " (rows.waiting.letters_failed) " failed, "
                (rows.waiting.letters_uncertain) " uncertain, " (rows.waiting.letters_late) " late" } }))
    };
    table("Vendors", &["Vendor", "How it is"], rows)
}

fn telegram(around: &Surroundings) -> Markup {
    match &around.updates {
        Err(_) => answer(&around.updates),
        Ok(updates) => html! {
            "@" (updates.bot) ", " (updates.pending) " updates wait"
            @match updates.comes_to_us {
                Some(true) => {}
                Some(false) => { ". They go to another address than TELEGRAM_WEBHOOK_URL" }
                None => { ". No webhook is set" }
            }
            @if let Some(why) = &updates.last_error { ". Last error: " (why) }
        },
    }
}

fn objectives(around: &Surroundings) -> Markup {
    let measured = around.objectives.as_deref().unwrap_or_default();
    let share = |name: &str| measured.iter().find(|one| one.name == name)?.share();
    let rows = html! {
        @for one in OBJECTIVES {
            tr {
                th scope="row" { (one.name) }
                td data-label="Target" { (percent(one.target)) }
                td data-label="Last 24 hours" {
                    @match share(one.name) {
                        None => { span.muted { "nothing happened" } }
                        Some(share) => {
                            span class=(if share >= one.target { "state done" } else { "state dead" }) { (percent(share)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if let Err(why) = &around.objectives { section { h2 { "Objectives" } p.error { (why) } } }
        @else { (table("Objectives", &["Objective", "Target", "Last 24 hours"], rows)) }
    }
}

fn releases(facts: &Facts, rows: &Rows) -> Markup {
    let lines = html! {
        tr { th scope="row" { "this api" } td data-label="Release" { code { (facts.release) } } td data-label="Seen" { "now" } }
        @for one in &rows.workers {
            tr {
                th scope="row" { (one.name) }
                td data-label="Release" { code { (one.release) } }
                td data-label="Seen" {
                    @if one.runs() { span.state.done { "runs" } } @else { span.state.dead { "gone" } }
                    " started " (moment(one.started_at, facts.at))
                }
            }
        }
    };
    table("Processes", &["Process", "Release", "Seen"], lines)
}
