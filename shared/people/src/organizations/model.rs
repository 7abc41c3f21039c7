//! Organizations, members and invitations, as they are read.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use uuid::Uuid;

use super::roles::Role;
use schema::invitations;

/// An organization, as one of its members sees it.
#[derive(Clone, Debug, QueryableByName)]
pub struct Organization {
    #[diesel(sql_type = sql_types::Uuid)]
    pub id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    #[diesel(sql_type = sql_types::Bool)]
    pub require_second_factor: bool,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::BigInt)]
    pub members: i64,
    /// That of the person it is read for; `None`: a key reads it.
    #[diesel(sql_type = sql_types::Nullable<schema::sql_types::MemberRole>)]
    pub role: Option<Role>,
}

/// A member, as the others see them.
#[derive(Clone, Debug, Queryable)]
pub struct Member {
    pub user_id: Uuid,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub username: Option<String>,
    pub role: Role,
    pub created_at: DateTime<Utc>,
}

/// Who acts in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member. What they may, their role says.
    Person(Uuid),
    /// A key of the organization. What it may, its scopes say; at most what an admin may.
    Key,
}

/// The most that a key of an organization may do in it: no key ends the organization or makes owners.
pub const ROLE_OF_KEYS: Role = Role::Admin;

/// An invitation.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = invitations, check_for_backend(diesel::pg::Pg))]
pub struct Invitation {
    pub id: Uuid,
    pub account_id: Uuid,
    pub role: Role,
    /// The address that it is for, as identities are compared.
    pub address: Option<String>,
    /// As it was written.
    pub spelling: Option<String>,
    pub invited_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub declined_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}
