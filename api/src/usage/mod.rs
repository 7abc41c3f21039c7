//! What accounts use: sums, the log, quotas, corrections, and events of their own. See docs/USAGE.md.

mod corrections;
mod detailed;
mod groups;
mod key;
mod quota;
mod record;
pub mod recorder;
mod since;
mod sums;

use people::api_keys::model::Scope;
use people::organizations::roles::Permission;

use crate::http::endpoint::{Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        sums::summary => (Scope::UsageRead, Permission::UsageRead);
        sums::monthly => (Scope::UsageRead, Permission::UsageRead);
        detailed::detailed => (Scope::UsageRead, Permission::UsageRead);
        quota::quota => (Scope::UsageRead, Permission::UsageRead);
        groups::by_endpoint => (Scope::UsageRead, Permission::UsageRead);
        groups::by_model => (Scope::UsageRead, Permission::UsageRead);
        corrections::corrections => (Scope::UsageRead, Permission::UsageRead);
        key::of_key => (Scope::UsageRead, Permission::UsageRead);
        record::record => (Scope::EventsWrite, Permission::ContentWrite);
    }
}
