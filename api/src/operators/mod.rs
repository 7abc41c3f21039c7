//! `/v1/admin`: what named operators see and do. Each change leaves a line in the audit log, each refusal none.

mod analytics;
mod announcements;
mod audit_export;
mod audit_log;
mod emails;
pub(crate) mod gate;
mod organizations;
mod pages;
mod payments;
mod people;
mod person;
mod plans;
mod reason;
mod refund_end;
mod refunds;
mod settings;
mod slos;
mod staff;

use ::people::factors::step_up::StepUp;
use operators::roles::Permission;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        staff::list => Permission::OperatorsRead;
        staff::put => Permission::OperatorsWrite;
        staff::end => Permission::OperatorsWrite;
        people::list => Permission::PeopleFind;
        person::show => Permission::PeopleRead;
        person::change => Permission::PeopleHelp;
        people::verify => Permission::PeopleHelp;
        people::sign_out => Permission::PeopleHelp;
        people::reset_factors => Permission::PeopleWrite;
        people::suspend => Permission::PeopleWrite;
        people::restore => Permission::PeopleWrite;
        organizations::list => Permission::OrganizationsRead;
        organizations::show => Permission::OrganizationsRead;
        organizations::suspend => Permission::OrganizationsWrite;
        organizations::restore => Permission::OrganizationsWrite;
        plans::list => Permission::PlansRead;
        plans::set_limit => Permission::PlansWrite;
        payments::list => Permission::PaymentsRead;
        payments::show => Permission::PaymentsRead;
        refunds::create => Permission::PaymentsRefund, StepUp::Person;
        refund_end::put => Permission::PaymentsRefund, StepUp::Person;
        audit_log::list => Permission::AuditRead;
        audit_export::export => Permission::AuditRead;
        settings::list => Permission::SettingsRead;
        settings::turn => Permission::SettingsWrite;
        announcements::all => Permission::AnnouncementsRead;
        announcements::create => Permission::AnnouncementsWrite;
        announcements::end => Permission::AnnouncementsWrite;
        announcements::shown => Access::Public;
        analytics::show => Permission::AnalyticsRead;
        slos::show => Permission::AnalyticsRead;
        emails::list => Permission::EmailsRead;
        emails::lift => Permission::EmailsWrite;
    }
}
