//! The account that a request acts for, and as what: a person for their own account or for an organization that they are
//! a member of, a key for the account that it belongs to. Found in one place, before the handler
//! (`middleware/authorize.rs`), and asked of the database with every request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel_async::AsyncPgConnection;
use kernel::Error;
use people::api_keys;
use people::api_keys::model::{ApiKey, Owner};
use people::api_keys::queries::By;
use people::api_keys::rules::{self, Ceiling};
use people::organizations::guard;
use people::organizations::model::{Actor, ROLE_OF_KEYS};
use people::organizations::queries;
use people::organizations::roles::{Permission, Role};
use people::organizations::rules::needs_second_factor;
use people::sessions::{Way, proofs};
use std::sync::Arc;
use uuid::Uuid;

use super::origin::origin;
use super::{Caller, Me, Proof};
use crate::http::problem::Problem;
use crate::state::ApiState;

/// The header in which the account is named.
const FOR_ACCOUNT: &str = "x-account-id";

/// The part of a path that names it.
const IN_PATH: &str = "organization";

/// Who acts, for which account, as what.
#[derive(Clone, Debug)]
pub(crate) struct Acting {
    /// `None`: a key of an organization acts for no person.
    pub person: Option<Uuid>,
    pub account: Uuid,
    pub role: Role,
    pub origin: Origin,
    /// The key by which the request comes, if not in person.
    key: Option<Arc<ApiKey>>,
}

/// Whether a request names an account.
pub(crate) fn names_account(request: &HttpRequest) -> bool {
    request.headers().contains_key(FOR_ACCOUNT)
}

/// The account that the request names, in its path or its header; and whether in its path.
fn account_of(request: &HttpRequest) -> Result<Option<(Uuid, bool)>, Error> {
    let in_path = match request.match_info().get(IN_PATH) {
        Some(raw) => Some(raw.parse().map_err(|_| Error::NotFound("organization"))?),
        None => None,
    };
    let in_header = match request.headers().get(FOR_ACCOUNT) {
        Some(raw) => {
            let read = raw.to_str().ok().and_then(|raw| raw.trim().parse().ok());
            let wrong = || Error::invalid("X-Account-Id", "must be the id of an account (a UUID)");
            Some(read.ok_or_else(wrong)?)
        }
        None => None,
    };
    match (in_path, in_header) {
        (Some(one), Some(other)) if one != other => Err(Error::invalid(
            "X-Account-Id",
            "names another account than the path",
        )),
        (Some(one), _) => Ok(Some((one, true))),
        (None, other) => Ok(other.map(|one| (one, false))),
    }
}

impl Acting {
    /// As what the caller acts, for the account that the request names, or for the person's own.
    ///
    /// # Errors
    /// `NotFound` for an organization of which they are no member; E222 where it asks for a second factor; E204 for a key of another account; those of [`Me`].
    pub(crate) async fn find(request: &HttpRequest, caller: Caller) -> Result<Self, Error> {
        let state = request.app_data::<web::Data<ApiState>>();
        let state = state.ok_or_else(|| Error::internal("the app has no state"))?;
        let named = account_of(request)?;
        let key = match &caller {
            Caller::Service(service) => Some(service.clone()),
            Caller::Person(_) => None,
        };
        if let Some(service) = &key {
            let own = match service.owner {
                Owner::Operator => None,
                Owner::Person { id, .. } => Some(id),
                Owner::Organization(id) => Some(id),
            };
            if let (Some(own), Some((named, _))) = (own, named)
                && own != named
            {
                return Err(Error::Forbidden("the key belongs to another account"));
            }
            if let Owner::Organization(account) = service.owner {
                return Ok(Self {
                    person: None,
                    account,
                    role: ROLE_OF_KEYS,
                    origin: origin(request, caller.actor()),
                    key: Some(service.key.clone()),
                });
            }
        }
        let me = Me::of(request, state, caller).await?;
        let role = match named {
            None => Role::Owner,
            Some((account, false)) if account == me.id => Role::Owner,
            Some((account, _)) => {
                let mut conn = state.db().await?;
                let membership = queries::membership(&mut conn, account, me.id).await?;
                let (role, asks) = membership.ok_or(Error::NotFound("organization"))?;
                if asks && key.is_none() && !has_proved_second(request, &mut conn).await? {
                    return Err(needs_second_factor());
                }
                role
            }
        };
        Ok(Self {
            person: Some(me.id),
            account: named.map_or(me.id, |(account, _)| account),
            role,
            origin: me.origin,
            key: key.map(|service| service.key),
        })
    }

    /// Who answers for what the request makes: the person, or the one who has made the key.
    pub(crate) fn maker(&self) -> Option<Uuid> {
        self.person
            .or_else(|| self.key.as_ref().and_then(|key| key.created_by))
    }

    /// Whether the account is the person's own.
    pub(crate) fn is_personal(&self) -> bool {
        self.person == Some(self.account)
    }

    /// The organization, and who acts in it.
    pub(crate) fn in_organization(&self) -> (Uuid, Actor) {
        (self.account, self.person.map_or(Actor::Key, Actor::Person))
    }

    /// The person; not a key of the organization itself.
    ///
    /// # Errors
    /// E204 for such a key.
    pub(crate) fn member(&self) -> Result<Uuid, Error> {
        self.person
            .ok_or(Error::Forbidden("this is for members, not for keys"))
    }

    /// Who changes keys by this request.
    pub(crate) fn by(&self) -> By<'_> {
        (&self.origin, self.person)
    }

    /// Locks the account until the transaction of a change ends, so that what it has is changed and counted one after the
    /// other; and asks again what the caller may: they may have been removed, or their key revoked, meanwhile.
    ///
    /// # Errors
    /// Those of [`guard::enter`]; of a key those of [`rules::judge_time`].
    pub(crate) async fn enter(
        &self,
        conn: &mut AsyncPgConnection,
        permission: Permission,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if self.is_personal() {
            api_keys::queries::lock_account(conn, self.account).await?;
        } else {
            let (account, actor) = self.in_organization();
            guard::enter(conn, account, actor, permission).await?;
        }
        if let Some(id) = self.own_key() {
            let key = api_keys::queries::by_id(conn, self.account, id).await;
            let key = key.optional()?.ok_or(Error::NotFound("api_key"))?;
            rules::judge_time(&key, now)?;
        }
        Ok(())
    }

    /// The key by which the request comes, if it is one of the account.
    pub(crate) fn own_key(&self) -> Option<Uuid> {
        let key = self.key.as_deref();
        let own = key.filter(|key| key.account_id == Some(self.account));
        own.map(|key| key.id)
    }

    /// The most that a key which is made by this request can be given.
    pub(crate) fn ceiling(&self) -> Ceiling<'_> {
        Ceiling {
            role: self.role,
            key: self.key.as_deref(),
        }
    }
}

/// Whether the session of a person has proved a second factor, which they have still: the row of the session knows it.
async fn has_proved_second(
    request: &HttpRequest,
    conn: &mut AsyncPgConnection,
) -> Result<bool, Error> {
    let Some(Proof::Token(token)) = request.extensions().get::<Proof>().copied() else {
        return Ok(false);
    };
    match token.session.way {
        Way::Stored { id, .. } => {
            let row = proofs::of(conn, id).await?;
            Ok(row.is_some_and(|(_, second_at)| second_at.is_some()))
        }
        Way::MiniApp { .. } => Ok(false),
    }
}

impl FromRequest for Acting {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get().cloned();
        let missing = || Problem(Error::internal("the endpoint names no permission"));
        ready(found.ok_or_else(|| missing().into()))
    }
}
