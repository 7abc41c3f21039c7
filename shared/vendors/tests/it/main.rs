//! Contract tests of the vendor files, through the traits, against a scripted server. Its replies are
//! taken from each vendor's documentation, never from our own code.

mod ai;
mod broker;
mod btcpay;
mod btcpay_refunds;
mod cloudpayments;
mod cloudpayments_charges;
mod cloudpayments_errors;
mod cloudpayments_statement;
mod cloudpayments_told;
mod comgate;
mod comgate_charges;
mod customer_webhooks;
mod mailer;
mod n8n;
mod one_door;
mod passwords;
mod paypal;
mod paypal_errors;
mod paypal_hooks;
mod paypal_money;
mod paypal_statement;
mod posthog;
mod redirects;
mod s3;
mod s3_errors;
mod stripe;
mod telegram;
mod telegram_errors;
mod telegram_face;
mod telegram_invoices;
mod telegram_updates;
mod tinkoff;
mod tinkoff_charges;
mod tinkoff_errors;
mod webhook;

use kernel::Error;
use vendors::{ProviderError, ProviderErrorKind};

/// The kind of a failure, after making sure that no text of it gives one of `secrets` away:
/// neither its own nor that of the [`Error`] made from it.
fn failure<T>(
    result: Result<T, ProviderError>,
    secrets: &[&str],
) -> anyhow::Result<ProviderErrorKind> {
    let Err(why) = result else {
        anyhow::bail!("the call succeeded")
    };
    let kind = why.kind;
    let mut texts = vec![format!("{why}"), format!("{why:?}"), format!("{why:#?}")];
    let error = Error::from(why);
    texts.extend([
        format!("{error}"),
        format!("{error:?}"),
        error.details().to_string(),
    ]);
    for text in &texts {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in: {text}");
        }
        assert!(
            text.len() < 3_000,
            "{} bytes for the log: {text}",
            text.len()
        );
    }
    Ok(kind)
}
