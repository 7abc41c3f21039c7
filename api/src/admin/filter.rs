//! Which jobs a page lists: read from its address, and written into those of its links.

use jobs::Queue;
use jobs::operate::{Filter, STATES};
use kernel::Error;
use product::JOBS;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// The part of an address that says which jobs. A form sends empty fields for those not filled in.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    pub state: Option<String>,
    pub queue: Option<String>,
    pub kind: Option<String>,
    pub key: Option<String>,
    pub before: Option<String>,
}

impl Wanted {
    /// Without the fields that are empty, and with the others as the ledger takes them.
    ///
    /// # Errors
    /// `Invalid` for an unknown state or queue, or a malformed id.
    pub(super) fn read(self) -> Result<Filter, Error> {
        let state = filled(self.state);
        if state
            .as_deref()
            .is_some_and(|state| !STATES.contains(&state))
        {
            return Err(none_of("state", &STATES));
        }
        let queue = match filled(self.queue) {
            None => None,
            Some(name) => Some(queue(&name)?),
        };
        let before = match filled(self.before).map(|id| id.parse()) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return Err(Error::invalid("before", "not the id of a job")),
        };
        Ok(Filter {
            state,
            queue,
            kind: filled(self.kind),
            key: filled(self.key),
            before,
        })
    }
}

/// The queue of a name.
///
/// # Errors
/// `Invalid`, with the known names.
pub(super) fn queue(name: &str) -> Result<Queue, Error> {
    JOBS.queue(name)
        .ok_or_else(|| none_of("queue", &JOBS.queue_names()))
}

fn none_of(field: &'static str, there_are: &[&str]) -> Error {
    Error::Invalid {
        code: kernel::codes::INVALID_FIELD,
        field,
        why: format!("not one of {}", there_are.join(", ")),
    }
}

fn filled(field: Option<String>) -> Option<String> {
    let field = field?.trim().to_owned();
    (!field.is_empty()).then_some(field)
}

/// The address of a list.
pub(super) fn address(filter: &Filter) -> String {
    let before = filter.before.map(|id| id.to_string());
    let fields = [
        ("state", filter.state.as_deref()),
        ("queue", filter.queue.map(Queue::name)),
        ("kind", filter.kind.as_deref()),
        ("key", filter.key.as_deref()),
        ("before", before.as_deref()),
    ];
    let mut query = Serializer::new(String::new());
    for (name, value) in fields {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    match query.finish() {
        query if query.is_empty() => "/admin/jobs".to_owned(),
        query => format!("/admin/jobs?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_count_as_none_and_an_address_can_be_read_back() {
        let wanted = Wanted {
            state: Some("dead".to_owned()),
            queue: Some("image".to_owned()),
            kind: Some(" ".to_owned()),
            key: Some("user:1&state=done".to_owned()),
            before: Some(String::new()),
        };
        let filter = wanted.read().expect("readable");
        assert_eq!(filter.kind, None);
        let address = address(&filter);
        assert_eq!(
            address,
            "/admin/jobs?state=dead&queue=image&key=user%3A1%26state%3Ddone"
        );
    }
}
