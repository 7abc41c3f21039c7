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

crate::permissions! {
    Permission of Role, "your role in this organization lacks the permission ";
    OrgRead = "org.read" [Owner Admin Billing Member Viewer],
    OrgWrite = "org.write" [Owner Admin],
    /// To end it, or to give it away.
    OrgDelete = "org.delete" [Owner],
    MembersRead = "members.read" [Owner Admin Billing Member Viewer],
    MembersWrite = "members.write" [Owner Admin],
    InvitationsWrite = "invitations.write" [Owner Admin],
    KeysRead = "keys.read" [Owner Admin Member],
    KeysWrite = "keys.write" [Owner Admin],
    WebhooksRead = "webhooks.read" [Owner Admin],
    WebhooksWrite = "webhooks.write" [Owner Admin],
    BillingRead = "billing.read" [Owner Admin Billing],
    BillingWrite = "billing.write" [Owner Admin Billing],
    UsageRead = "usage.read" [Owner Admin Billing Member],
    AuditRead = "audit.read" [Owner Admin],
    /// Figures of the organization.
    AnalyticsRead = "analytics.read" [Owner Admin],
    ContentRead = "content.read" [Owner Admin Member Viewer],
    ContentWrite = "content.write" [Owner Admin Member],
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
