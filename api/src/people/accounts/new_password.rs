//! Which new passwords are taken: those that are hard to guess, and on no list of leaked ones.

use kernel::Error;
use people::codes::LEAKED_PASSWORD;
use people::passwords::rules::normalized;

use crate::state::ApiState;

/// Whether a new password will do. `known`: what is known of the person. Asks the list outside: no transaction is open and no
/// connection is held meanwhile.
///
/// # Errors
/// E112 if it is too easy to guess, E115 if it has leaked.
pub(super) async fn judge(
    state: &ApiState,
    field: &'static str,
    typed: &str,
    known: &[&str],
) -> Result<(), Error> {
    state.passwords.judge(field, typed, known).await?;
    let list = &state.core.providers.passwords;
    match list.has(&normalized(typed)).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::Invalid {
            code: LEAKED_PASSWORD,
            field,
            why: "has appeared in a data leak".to_owned(),
        }),
        // Taken: accounts do not hang on a service of others, and the password is hard to guess.
        Err(why) => {
            tracing::warn!(error = %why, "a new password is taken without the list of leaked ones");
            Ok(())
        }
    }
}
