//! The roles of operators, and what each may do. The second table of `docs/ROLES.md`.

use diesel::sql_types::Text;
use kernel::pg_enum;
use people::permissions;

pg_enum! {
    /// What an operator is.
    Role as Text {
        /// All, and operators.
        Admin = "admin",
        /// Persons and organizations.
        Support = "support",
        /// Plans, limits and payments.
        Finance = "finance",
        /// Reads, and no personal texts.
        Auditor = "auditor",
    }
}

permissions! {
    Permission of Role, "your role as an operator lacks the permission ";
    OperatorsRead = "operators.read" [Admin Auditor],
    OperatorsWrite = "operators.write" [Admin],
    /// To find persons: ids, plans and states, no names and no addresses.
    PeopleFind = "people.find" [Admin Support Finance Auditor],
    /// To see one, with a reason.
    PeopleRead = "people.read" [Admin Support],
    /// To change name, language and time zone for them, to prove an address, and to sign them out.
    PeopleHelp = "people.help" [Admin Support],
    /// To suspend them, and to take their second factors away.
    PeopleWrite = "people.write" [Admin],
    OrganizationsRead = "organizations.read" [Admin Support Finance Auditor],
    OrganizationsWrite = "organizations.write" [Admin],
    PlansRead = "plans.read" [Admin Support Finance Auditor],
    PlansWrite = "plans.write" [Admin Finance],
    PaymentsRead = "payments.read" [Admin Support Finance Auditor],
    /// To give money back.
    PaymentsRefund = "payments.refund" [Admin Finance],
    AuditRead = "audit.read" [Admin Auditor],
    SettingsRead = "settings.read" [Admin Support Finance Auditor],
    SettingsWrite = "settings.write" [Admin],
    AnnouncementsRead = "announcements.read" [Admin Support Finance Auditor],
    AnnouncementsWrite = "announcements.write" [Admin Support],
    /// Counts by day, and how well the service is: of no one person.
    AnalyticsRead = "analytics.read" [Admin Support Finance Auditor],
    /// To see letters: to whom, and what became of them.
    EmailsRead = "emails.read" [Admin Support],
    /// To let an address have letters again.
    EmailsWrite = "emails.write" [Admin Support],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_covers_all_roles_and_no_other_covers_an_admin() {
        use Role::{Admin, Auditor, Finance, Support};
        for role in [Admin, Support, Finance, Auditor] {
            assert!(Admin.covers(role), "{role:?}");
            assert_eq!(role.covers(Admin), role == Admin, "{role:?}");
        }
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let changes = Permission::ALL.iter();
        let changes = changes.filter(|one| !one.as_str().ends_with("read"));
        let mut given = changes.filter(|one| Role::Auditor.may(**one));
        assert_eq!(given.next(), Some(&Permission::PeopleFind));
        assert_eq!(given.next(), None);
    }
}
