//! The roles of members, and what each may do. The table of `docs/ROLES.md`.

use kernel::pg_enum;

pg_enum! {
    /// What a member is in an organization.
    Role as schema::sql_types::MemberRole {
        Owner = "owner",
        Admin = "admin",
        Billing = "billing",
        Member = "member",
        Viewer = "viewer",
    }
}

macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident = $text:literal [$($role:ident)+]),+ $(,)?) => {
        /// One thing that a role may allow.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $($(#[$meta])* $name),+ }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The roles that have it.
            pub fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),+]),+ }
            }

            /// The reason in the refusal of a member without it.
            pub fn lacking(self) -> &'static str {
                match self { $(Self::$name => concat!("your role in this organization lacks the permission ", $text)),+ }
            }
        }
    };
}

permissions! {
    OrgRead = "org.read" [Owner Admin Billing Member Viewer],
    OrgWrite = "org.write" [Owner Admin],
    /// To end it, or to give it away.
    OrgDelete = "org.delete" [Owner],
    MembersRead = "members.read" [Owner Admin Billing Member Viewer],
    MembersWrite = "members.write" [Owner Admin],
    InvitationsWrite = "invitations.write" [Owner Admin],
    KeysRead = "keys.read" [Owner Admin Member],
    KeysWrite = "keys.write" [Owner Admin],
    BillingRead = "billing.read" [Owner Admin Billing],
    BillingWrite = "billing.write" [Owner Admin Billing],
    UsageRead = "usage.read" [Owner Admin Billing Member],
    AuditRead = "audit.read" [Owner Admin],
    ContentRead = "content.read" [Owner Admin Member Viewer],
    ContentWrite = "content.write" [Owner Admin Member],
}

impl Role {
    pub fn may(self, permission: Permission) -> bool {
        permission.roles().contains(&self)
    }

    /// The rank: whether this role may all that the other one may. Nobody gives or takes a role that theirs does not
    /// cover.
    pub fn covers(self, other: Self) -> bool {
        let all = Permission::ALL.iter();
        all.filter(|permission| other.may(**permission))
            .all(|permission| self.may(*permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_covers_an_admin_who_covers_the_others_and_these_not_each_other() {
        use Role::{Admin, Billing, Member, Owner, Viewer};
        let covered = |role: Role| -> Vec<Role> {
            let all = Role::ALL.iter().copied();
            all.filter(|other| role.covers(*other)).collect()
        };
        assert_eq!(covered(Owner), [Owner, Admin, Billing, Member, Viewer]);
        assert_eq!(covered(Admin), [Admin, Billing, Member, Viewer]);
        assert_eq!(covered(Billing), [Billing]);
        assert_eq!(covered(Member), [Member, Viewer]);
        assert_eq!(covered(Viewer), [Viewer]);
    }
}
