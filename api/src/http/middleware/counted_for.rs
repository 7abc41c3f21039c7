//! What a request is counted against: its caller (person, key or address), and the class of its route.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use people::api_keys::model::Owner;
use people::rate_limits::buckets::{Against, Bucket, Holder};
use people::rate_limits::policies::Class;
use people::sessions::Way;
use people::users::model::PersonKey;

use crate::http::extract::{Caller, Proof, origin};
use crate::people::keys::Service;
use crate::people::persons::Whom;
use crate::state::ApiState;

/// Of a request whose caller is known: the account, with the figure of its plan and whatever keys it uses; a key with a
/// rate of its own besides. Of operators the key alone, which acts for many.
pub(super) async fn caller(
    state: &ApiState,
    request: &HttpRequest,
    (caller, proof): (&Caller, Option<Proof>),
    class: Class,
) -> Vec<Against> {
    let limits = state.limiter.limits();
    let (holder, key) = match caller {
        Caller::Person(whom) => (Some(Holder::Person(person(state, whom, proof))), None),
        Caller::Service(service) => (holder_of(service), Some(service)),
    };
    let mut against = Vec::with_capacity(3);
    if let Some(holder) = holder {
        let plan = state.rates.of(holder).await;
        against.push(limits.of_holder(holder, plan));
    }
    if let Some(service) = key {
        match service.rate(limits.key.points) {
            Some(rate) => against.push(limits.of_key(service.id, rate)),
            None if holder.is_none() => against.push(general(state, Bucket::Key(service.id))),
            None => {}
        }
    }
    against.extend(limits.of_class(class, address(request), holder));
    against
}

/// A person is counted once, by whichever way they come: by their Telegram id, if they have one. The token of a stored
/// session does not say it.
fn person(state: &ApiState, whom: &Whom, proof: Option<Proof>) -> PersonKey {
    let known = match proof {
        Some(Proof::Token(token)) => match token.session.way {
            Way::Stored { id, .. } => state.signed_in.telegram_id(id),
            Way::MiniApp { .. } => None,
        },
        _ => None,
    };
    known.map_or_else(|| whom.key(), PersonKey::Telegram)
}

/// Of a request whose caller is not known: its address.
pub(super) fn stranger(state: &ApiState, request: &HttpRequest, class: Class) -> Vec<Against> {
    let of_class = state
        .limiter
        .limits()
        .of_class(class, address(request), None);
    let general = general(state, address_bucket(request));
    [general].into_iter().chain(of_class).collect()
}

/// The bucket of this address; requests without an address share one.
pub(super) fn address_bucket(request: &HttpRequest) -> Bucket {
    Bucket::address(address(request))
}

fn address(request: &HttpRequest) -> IpAddr {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    origin::address(request).unwrap_or(nowhere)
}

fn general(state: &ApiState, bucket: Bucket) -> Against {
    Against {
        bucket,
        limit: state.limiter.limits().of(&bucket),
    }
}

/// The account of a key; `None`: it is one of operators.
fn holder_of(service: &Service) -> Option<Holder> {
    match service.owner {
        Owner::Operator => None,
        Owner::Person { id, telegram_id } => {
            let whom = Whom::OfRow { id, telegram_id };
            Some(Holder::Person(whom.key()))
        }
        Owner::Organization(id) => Some(Holder::Organization(id)),
    }
}
