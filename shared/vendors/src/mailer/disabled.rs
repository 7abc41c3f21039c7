//! No mailer: a deployment without e-mail.

use async_trait::async_trait;

use super::{Accepted, Mailer, Message, SERVICE};
use crate::{ProviderError, ProviderErrorKind as Kind};

const NAME: &str = "disabled";

pub(super) struct Disabled;

#[async_trait]
impl Mailer for Disabled {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn send(&self, _: &Message) -> Result<Accepted, ProviderError> {
        let why = "no letter is sent: EMAIL_TRANSPORT is disabled";
        Err(ProviderError::new(SERVICE, NAME, Kind::Rejected, why))
    }
}
