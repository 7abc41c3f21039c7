//! No call follows a redirect (RFC 9110, section 15.4), and none says where it comes from: the token of
//! the bot is in every address, other credentials are in headers and bodies. The vendors of AI are
//! tested in `ai/faults.rs`.

use std::time::Duration;

use serde_json::json;
use vendors::ProviderErrorKind::{Protocol, Rejected};
use vendors::messenger::{Inbox, Messenger};
use vendors::storage::Storage;

use crate::failure;
use crate::telegram::{self, SECRETS, file, outgoing};
use crate::{btcpay, cloudpayments, comgate, s3, stripe, tinkoff, tinkoff_charges};
use testkit::stub::{Received, Reply, Stub};

const SOON: Duration = Duration::from_secs(5);
const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// A server that sends each caller on to another one, which is told apart by what it has received.
async fn detour(status: u16, first: Vec<Reply>) -> anyhow::Result<(Stub, Stub)> {
    let elsewhere = Stub::start([]).await?;
    let location = String::leak(format!("{}elsewhere", elsewhere.url));
    let away = Reply::new(status, "moved").header("location", location);
    let vendor = Stub::start(first.into_iter().chain([away])).await?;
    Ok((vendor, elsewhere))
}

fn assert_stayed(vendor: &Stub, elsewhere: &Stub) {
    assert_eq!(elsewhere.received().len(), 0);
    for received in vendor.received() {
        assert_eq!(received.header("referer"), "", "{}", received.line());
    }
}

fn assert_introduced(received: &[Received]) {
    for one in received {
        let name = one.header("user-agent");
        assert!(name.starts_with("symancy/"), "{}: {name}", one.line());
    }
}

#[tokio::test]
async fn a_call_of_the_bot_api_stays_where_it_is() -> anyhow::Result<()> {
    for status in STATUSES {
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let sent = telegram::client(&vendor.url, SOON)?.send(&outgoing()).await;
        assert_eq!(failure(sent, SECRETS)?, Protocol, "{status}");
        assert_stayed(&vendor, &elsewhere);
        assert_introduced(&vendor.received());
    }
    Ok(())
}

#[tokio::test]
async fn a_download_stays_where_it_is_and_the_page_is_no_photo() -> anyhow::Result<()> {
    for status in STATUSES {
        let found = file(json!({ "file_path": "photos/file_0.jpg" }));
        let (vendor, elsewhere) = detour(status, vec![found]).await?;
        let telegram = telegram::client(&vendor.url, SOON)?;
        let photo = telegram.download("AgACAgI", 100).await;
        assert_eq!(failure(photo, SECRETS)?, Protocol, "{status}");
        assert_eq!(vendor.received().len(), 2);
        assert_stayed(&vendor, &elsewhere);
    }
    Ok(())
}

#[tokio::test]
async fn an_order_at_btcpay_or_comgate_stays_where_it_is() -> anyhow::Result<()> {
    for status in STATUSES {
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let order = vendors::payment::Order {
            currency: "EUR".to_owned(),
            ..tinkoff::order()
        };
        let opened = btcpay::client(&vendor.url)?.init(&order).await;
        assert_eq!(failure(opened, btcpay::SECRETS)?, Protocol, "{status}");
        assert_stayed(&vendor, &elsewhere);
        assert_introduced(&vendor.received());
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let opened = comgate::client(&vendor.url)?.init(&order).await;
        assert_eq!(failure(opened, comgate::SECRETS)?, Protocol, "{status}");
        assert_stayed(&vendor, &elsewhere);
        assert_introduced(&vendor.received());
    }
    Ok(())
}

#[tokio::test]
async fn an_order_at_the_bank_stays_where_it_is() -> anyhow::Result<()> {
    for status in STATUSES {
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let bank = tinkoff::client(&vendor.url, SOON)?;
        let opened = bank.init(&tinkoff::order()).await;
        assert_eq!(failure(opened, &[tinkoff::PASSWORD])?, Protocol, "{status}");
        assert_stayed(&vendor, &elsewhere);
        assert_introduced(&vendor.received());
    }
    Ok(())
}

#[tokio::test]
async fn a_charge_of_what_is_kept_stays_where_it_is() -> anyhow::Result<()> {
    for status in STATUSES {
        let first = vec![
            tinkoff_charges::unknown(),
            Reply::json(200, &tinkoff::opened()),
        ];
        let (vendor, elsewhere) = detour(status, first).await?;
        let bank = tinkoff::client(&vendor.url, SOON)?;
        let told = bank.charge_saved(&tinkoff_charges::charge()).await;
        let secrets = tinkoff_charges::SECRETS;
        assert_eq!(failure(told, secrets)?, Protocol, "{status}");
        assert_eq!(vendor.received().len(), 3);
        assert_stayed(&vendor, &elsewhere);
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let gateway = stripe::client(&vendor.url, SOON)?;
        let told = gateway.charge_saved(&stripe::charges::charge()).await;
        let secrets = stripe::charges::SECRETS;
        assert_eq!(failure(told, secrets)?, Protocol, "{status}");
        assert_stayed(&vendor, &elsewhere);
    }
    Ok(())
}

#[tokio::test]
async fn an_order_at_cloudpayments_stays_where_it_is() -> anyhow::Result<()> {
    for status in STATUSES {
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let gateway = cloudpayments::client(&vendor.url, SOON)?;
        let opened = gateway.init(&cloudpayments::order()).await;
        let secrets = &[cloudpayments::SECRET];
        assert_eq!(failure(opened, secrets)?, Protocol, "{status}");
        assert_stayed(&vendor, &elsewhere);
        assert_introduced(&vendor.received());
    }
    Ok(())
}

/// The SDK has a client of its own, and a 301 that names another region is an error of S3's.
#[tokio::test]
async fn a_call_of_s3_stays_where_it_is() -> anyhow::Result<()> {
    for status in STATUSES {
        let (vendor, elsewhere) = detour(status, vec![]).await?;
        let object = s3::client(&vendor.url, SOON).get("photos/1.jpg").await;
        failure(object, &[s3::SECRET])?;
        vendor.only()?;
        assert_stayed(&vendor, &elsewhere);
    }
    let moved = s3::error(301, "PermanentRedirect", "Use the other endpoint.");
    let (_stub, bucket) = s3::s3(vec![moved]).await?;
    assert_eq!(
        failure(bucket.get("photos/1.jpg").await, &[s3::SECRET])?,
        Rejected
    );
    Ok(())
}
