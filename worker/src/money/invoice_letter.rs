//! Sends an invoice by letter, with a link to the document.

use diesel_async::AsyncPgConnection;
use kernel::Error;
use mail::letter::{Content, Letter};
use money::accounts::{self, Recipient};
use money::invoices::jobs::SendInvoiceLetter;
use money::invoices::model::{Invoice, Line};
use money::invoices::{links, queries, texts};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for SendInvoiceLetter {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let mut conn = state.db().await?;
        let to = accounts::recipient(&mut conn, self.user_id).await?;
        let invoice = queries::find(&mut conn, self.invoice_id).await?;
        let (Some(to), Some(invoice)) = (to.filter(|to| to.address.is_some()), invoice) else {
            return Ok(Outcome::Done);
        };
        let lines = queries::lines(&mut conn, &[invoice.id]).await?;
        let lines = lines.into_values().next().unwrap_or_default();
        let organization = match invoice.user_id {
            Some(account) => accounts::organization(&mut conn, account).await?,
            None => None,
        };
        drop(conn);
        let ticket = store(&state.core.db, attempt, async |conn| {
            let link = link(state, conn, &invoice, &to).await?;
            let content = content((&invoice, &lines), &to, organization.clone(), link);
            let letter = Letter {
                to: to.address.clone().unwrap_or_default(),
                user_id: Some(to.user_id),
                language: to.language(),
                content,
                dedupe_key: Some(format!("invoice:{}", attempt.claim.id)),
            };
            Ok(mail::queries::enqueue(conn, &letter).await?)
        });
        Ok(Outcome::Closed(vec![ticket.await?]))
    }
}

/// A new link: of the older ones only digests are kept.
async fn link(
    state: &WorkerState,
    conn: &mut AsyncPgConnection,
    invoice: &Invoice,
    to: &Recipient,
) -> Result<String, Error> {
    let secret = links::make(conn, invoice.id, state.core.clock.now()).await?;
    let language = to.language().code();
    let path = format!("/v1/invoices/linked/{secret}/pdf?lang={language}");
    Ok(state.core.config.public_url.at(&path))
}

fn content(
    (invoice, lines): (&Invoice, &[Line]),
    to: &Recipient,
    organization: Option<String>,
    link: String,
) -> Content {
    let language = to.language();
    let items = lines.iter().map(|line| texts::item(line, language));
    let has_seller = invoice.seller().is_some();
    Content::Invoice {
        title: texts::title(invoice.kind(), has_seller, language).to_owned(),
        number: invoice.number.clone(),
        organization,
        item: items.collect::<Vec<_>>().join("; "),
        total: texts::sum(invoice.total_minor, &invoice.currency),
        link,
        days: links::LIFETIME.num_days(),
    }
}
