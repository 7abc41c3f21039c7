//! Letters by e-mail: the contact form, and what vendors say of letters.

mod contact;
mod ses;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        contact::challenge => Access::Public;
        contact::write => Access::Public;
        ses::webhook => Access::SignedWebhook;
    }
}
