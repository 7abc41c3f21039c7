//! What recurs each month of a subscription that renews (MRR), and how it moves. Pure.

use kernel::currencies::minor;

use super::model::{Renewal, RenewalState};
use crate::facts::{Recurring, SubscriptionMoved};

/// What recurs of a renewal: its next period, which is a month, as long as the plan is kept. A cancelled one counts to the
/// end of what is paid for; a pause, and what never renews, does not.
pub(crate) fn recurring(renewal: &Renewal) -> Option<Recurring> {
    use RenewalState::{Active, Canceled, PastDue};
    let counts = matches!(renewal.state, Active | PastDue | Canceled);
    let mrr = minor(renewal.amount, &renewal.currency).filter(|mrr| counts && *mrr > 0)?;
    Some(Recurring {
        tier: renewal.tier.as_str().to_owned(),
        currency: renewal.currency.clone(),
        mrr,
    })
}

/// The fact of a change of a renewal, of which `told` was told last: `None` if nothing ever was, `Some(None)` that nothing
/// recurs. Returns `None` if that is still so.
pub(crate) fn moved(told: Option<Option<Recurring>>, after: &Renewal) -> Option<SubscriptionMoved> {
    let (is_new, from) = (told.is_none(), told.flatten());
    let to = recurring(after);
    let movement = match (&from, &to) {
        (from, to) if from == to => return None,
        (None, _) if is_new => "new",
        (None, _) => "reactivation",
        (_, None) => "churn",
        // In another currency more and less cannot be compared: it counts as more.
        (Some(from), Some(to)) if from.currency == to.currency && from.mrr > to.mrr => {
            "contraction"
        }
        _ => "expansion",
    };
    Some(SubscriptionMoved { movement, from, to })
}

#[cfg(test)]
#[path = "recurring_tests.rs"]
mod tests;
