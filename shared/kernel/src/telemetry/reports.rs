//! Reports to Sentry, by the design document, section 8.4: errors, and requests that are slow. A report names who and
//! what it is about by ids of ours: no text of a person, no name, no address, no body, no header.

use std::fmt::Display;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sentry::protocol::{Context, Map, User, Value};
use sentry::{Breadcrumb, ClientInitGuard, Hub, Level, Scope};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use uuid::Uuid;

use super::{TelemetryConfig, chain};

/// The hub that the client is bound to.
static HUB: OnceLock<Arc<Hub>> = OnceLock::new();

/// Tags of a report, by their names. What has none to make makes no text of them.
pub type Tags<'a> = &'a [(&'a str, &'a dyn Display)];

/// Starts the reports of this process; `None`: there is nowhere to report to.
pub(super) fn start(config: &TelemetryConfig) -> Option<ClientInitGuard> {
    let dsn = config.sentry_dsn.clone()?;
    let mut options = sentry::ClientOptions::default();
    options.dsn = Some(dsn);
    options.release = Some(config.release().to_owned().into());
    options.environment = Some(config.environment.clone().into());
    options.event_sampling_strategy = sentry::EventSamplingStrategy::FixedRate(config.sample_rate);
    options.attach_stacktrace = true;
    options.send_default_pii = false;
    let guard = sentry::init(options);
    let _ = HUB.set(Hub::current());
    Some(guard)
}

/// A hub for a unit of work, whose scope is its own; `None`: nothing is reported.
pub(super) fn apart(tags: Tags<'_>) -> Option<Arc<Hub>> {
    let hub = Arc::new(Hub::new_from_top(HUB.get()?));
    hub.configure_scope(|scope| set_tags(scope, tags));
    Some(hub)
}

/// The same for a request of a program that calls itself so: the hub of a bot has no client.
pub(super) fn apart_unless_bot(tags: Tags<'_>, user_agent: Option<&str>) -> Option<Arc<Hub>> {
    HUB.get()?;
    match user_agent.is_some_and(is_bot) {
        true => Some(Arc::new(Hub::new(None, Arc::default()))),
        false => apart(tags),
    }
}

/// The hub of the unit of work at hand; `None`: nothing is reported.
pub(super) fn current() -> Option<Arc<Hub>> {
    HUB.get().map(|_| Hub::current())
}

fn set_tags<V: ToString>(scope: &mut Scope, tags: &[(&str, V)]) {
    for (tag, value) in tags {
        scope.set_tag(tag, value.to_string());
    }
}

/// Whether a program that calls itself so searches the web or tries addresses; what it meets is not reported. As the
/// design document has it, but for the telephones of that name.
fn is_bot(user_agent: &str) -> bool {
    let agent = user_agent.to_ascii_lowercase().replace("cubot", "");
    ["bot", "crawler", "spider"]
        .iter()
        .any(|word| agent.contains(word))
}

/// Names the person that the unit of work is about, by their id.
pub fn about_person(id: Uuid) {
    configure(|scope| {
        scope.set_user(Some(User {
            id: Some(id.to_string()),
            ..User::default()
        }));
    });
}

/// Names the reading that the unit of work is about. What fails in it is `analysis_failed`.
pub fn about_analysis(id: Uuid, focus_area: &str) {
    configure(|scope| {
        scope.set_tag("error_type", "analysis_failed");
        scope.set_tag("focus_area", focus_area);
        let fields = [
            ("id", id.to_string().into()),
            ("focus_area", focus_area.into()),
        ];
        scope.set_context("analysis", context(fields));
    });
}

/// Names the payment that the unit of work is about. What fails in it is `payment_failed`.
pub fn about_payment(id: Uuid, provider: &str, amount: &str, currency: &str) {
    configure(|scope| {
        scope.set_tag("error_type", "payment_failed");
        scope.set_tag("provider", provider);
        let fields = [
            ("id", id.to_string().into()),
            ("provider", provider.into()),
            ("amount", amount.into()),
            ("currency", currency.into()),
        ];
        scope.set_context("payment", context(fields));
    });
}

fn context<const N: usize>(fields: [(&str, Value); N]) -> Context {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Context::Other(Map::from(fields))
}

fn configure(change: impl FnOnce(&mut Scope)) {
    if HUB.get().is_some() {
        sentry::configure_scope(change);
    }
}

/// Leaves a trail: a vendor was called in the unit of work. `status` is 0 where there was no answer.
pub fn called(vendor: &'static str, method: &str, status: u16) {
    if HUB.get().is_some() {
        let fields = [
            ("method", Value::from(method)),
            ("vendor", vendor.into()),
            ("status_code", status.into()),
        ];
        let data = fields.map(|(name, value)| (name.to_owned(), value));
        sentry::add_breadcrumb(Breadcrumb {
            ty: "http".to_owned(),
            category: Some("http".to_owned()),
            data: Map::from(data),
            ..Breadcrumb::default()
        });
    }
}

/// Logs a request that took long, and reports it.
pub fn slow(method: &str, route: &str, took: Duration) {
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(method, route, duration_ms, "a slow request");
    sentry::capture_message(&format!("Slow request: {method} {route}"), Level::Warning);
}

/// Logs an error with all its causes and reports it. Called once, at the boundary, in the span of the request or of the
/// job, which names it in the log; its [`super::Unit`] names it at Sentry, and so do `tags`.
pub fn report(error: &(dyn std::error::Error + 'static), tags: &[(&str, &str)]) {
    tracing::error!(error = %chain(error), "failed");
    sentry::with_scope(
        |scope| set_tags(scope, tags),
        || sentry::capture_error(error),
    );
}

/// Logs a fault of the deployment that only an operator can mend, and reports it.
pub fn alarm(error: &(dyn std::error::Error + 'static), message: &'static str) {
    tracing::error!(error = %chain(error), "{message}");
    sentry::capture_error(error);
}

/// Makes a trail of the lines of the log: their messages, without their fields.
pub(super) struct Trail;

impl<S: Subscriber> Layer<S> for Trail {
    fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut message = Message::default();
        event.record(&mut message);
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => Level::Error,
            tracing::Level::WARN => Level::Warning,
            tracing::Level::INFO => Level::Info,
            _ => return,
        };
        sentry::add_breadcrumb(Breadcrumb {
            category: Some(event.metadata().target().to_owned()),
            level,
            message: Some(message.0),
            ..Breadcrumb::default()
        });
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_known_by_what_they_call_themselves() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "SomeCrawler/1.0",
        ] {
            assert!(is_bot(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 21) AppleWebKit/537.36",
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "",
        ] {
            assert!(!is_bot(agent), "{agent}");
        }
    }
}
