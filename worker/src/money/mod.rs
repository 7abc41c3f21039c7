//! Plans and payments: the chore that ends them, and the message about a payment.

mod expire;
mod payment_success;

use money::payments::messages::PaymentSuccess;
use money::subscriptions::jobs::Expire;

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<PaymentSuccess>(),
    Registration::of::<Expire>(),
];
