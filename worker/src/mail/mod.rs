//! Letters by e-mail.

mod send;

use mail::jobs::SendEmail;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[Registration::of::<SendEmail>()];
