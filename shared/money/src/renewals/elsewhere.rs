//! What people change at a vendor's own page of what it keeps of them: ours follows.
//!
//! The vendor's calls come twice, late and in any order, so none of them is believed: the vendor is asked what it keeps
//! now, and ours is brought to that.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use kernel::Error;
use kernel::db::Pool;
use people::factors::vault::Vault;
use uuid::Uuid;
use vendors::payment::{Elements, KeptNow};

use super::customers::{self, Customer};
use super::methods::{self, Method};
use super::model::RenewalState;
use super::{change, queries, requests};
use crate::payments::model::PaymentProvider;
use crate::subscriptions::queries as subscriptions;

/// Whose means of payment, and what opens them.
#[derive(Clone, Copy)]
pub struct Whose<'a> {
    pub person: Uuid,
    pub provider: PaymentProvider,
    pub elements: &'a dyn Elements,
    pub vault: &'a Vault,
}

impl Whose<'_> {
    /// What we have of a customer, or of all customers of the person at this vendor, with the tokens; the oldest first. One
    /// whose token cannot be opened is passed over: whose it is there, is not known.
    async fn ours(
        &self,
        conn: &mut AsyncPgConnection,
        customer: Option<&str>,
    ) -> Result<Vec<(Method, String)>, Error> {
        let mut ours = Vec::new();
        for method in methods::of_person(conn, self.person).await? {
            if method.provider != self.provider {
                continue;
            }
            let token = match method.token(self.vault) {
                Ok(token) => token,
                Err(why) => {
                    tracing::warn!(error = %why, method = %method.id, "a means of payment cannot be opened");
                    continue;
                }
            };
            let is_of = self.elements.customer(&token);
            if customer.is_none_or(|customer| is_of == Some(customer)) {
                ours.push((method, token));
            }
        }
        Ok(ours)
    }
}

/// The person's customer at a vendor: that of their default means of payment, or else of the newest one. It is noted, so
/// that what they change at the vendor's page is followed. `None`: the vendor keeps nothing for them.
///
/// # Errors
/// Those of the database.
pub async fn customer(
    conn: &mut AsyncPgConnection,
    whose: Whose<'_>,
    now: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    let ours = whose.ours(conn, None).await?;
    let preferred = ours.iter().find(|(method, _)| method.is_default);
    let Some((_, token)) = preferred.or(ours.last()) else {
        return Ok(None);
    };
    let Some(number) = whose.elements.customer(token) else {
        return Ok(None);
    };
    let customer = Customer {
        provider: whose.provider,
        number,
    };
    customers::note(conn, customer, whose.person, now).await?;
    Ok(Some(number.to_owned()))
}

/// What was so when the vendor was asked.
struct Question {
    /// By the clock of the database.
    at: DateTime<Utc>,
    /// What we had of the person. What is bought meanwhile the answer may not have yet.
    had: Vec<Uuid>,
}

/// Asks the vendor what it keeps of a customer, and brings ours to that. Nothing, if we do not know whose customer it is.
///
/// # Errors
/// Those of the database and of the vendor.
pub async fn follow(
    db: &Pool,
    customer: Customer<'_>,
    (elements, vault): (&dyn Elements, &Vault),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut conn = db.get().await?;
    let Some((person, at)) = customers::person(&mut conn, customer).await? else {
        return Ok(());
    };
    let had = methods::of_person(&mut conn, person).await?;
    let had = had.iter().map(|method| method.id).collect();
    let question = Question { at, had };
    // Connections are few: none is held while a vendor is called.
    drop(conn);
    let kept = elements.kept(customer.number).await?;
    let whose = Whose {
        person,
        provider: customer.provider,
        elements,
        vault,
    };
    let mut conn = db.get().await?;
    conn.transaction(async |conn| bring(conn, whose, customer, &question, &kept, now).await)
        .await
}

async fn bring(
    conn: &mut AsyncPgConnection,
    whose: Whose<'_>,
    customer: Customer<'_>,
    question: &Question,
    kept: &[KeptNow],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    subscriptions::lock(conn, whose.person).await?;
    let chosen = kept.iter().find(|one| one.is_default);
    let chosen = chosen.map(|one| one.saved.token.as_str());
    let Some(is_another) = customers::chose(conn, customer, chosen, question.at).await? else {
        return Ok(());
    };
    let origin = Origin::own(&format!("payment:{}", whose.provider.as_str()));
    add(conn, whose, kept, now).await?;
    let ours = whose.ours(conn, Some(customer.number)).await?;
    let (here, gone): (Vec<_>, Vec<_>) = ours
        .into_iter()
        .partition(|(_, token)| kept.iter().any(|one| one.saved.token == *token));
    let chosen = here
        .iter()
        .find(|(_, token)| chosen == Some(token.as_str()));
    if let Some((method, _)) = chosen.filter(|_| is_another) {
        choose(conn, whose, method, &origin, now).await?;
    }
    let instead = chosen.or(here.last()).map(|(method, _)| method);
    let gone = gone.iter().map(|(method, _)| method);
    for method in gone.filter(|method| question.had.contains(&method.id)) {
        remove(conn, method, instead, &origin, now).await?;
    }
    Ok(())
}

/// Keeps what is new, and how people know it. What the person has removed here, the vendor may not have forgotten yet.
async fn add(
    conn: &mut AsyncPgConnection,
    whose: Whose<'_>,
    kept: &[KeptNow],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let of = (whose.provider, whose.person);
    let forgetting = requests::forgetting(conn, of, whose.vault).await?;
    for one in kept {
        if !forgetting.contains(&one.saved.token) {
            let row = (whose.person, whose.provider, None);
            methods::put(conn, row, &one.saved, whose.vault, now).await?;
        }
    }
    Ok(())
}

/// Makes the default what the person has chosen at the vendor's page, unless it is another vendor that charges them.
async fn choose(
    conn: &mut AsyncPgConnection,
    whose: Whose<'_>,
    method: &Method,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let renewal = queries::find(conn, whose.person).await?;
    let charges = renewal.filter(|one| one.state != RenewalState::Ended);
    if charges.is_none_or(|one| one.provider == whose.provider) {
        change::use_method(conn, whose.person, method.id, origin, now).await?;
    }
    Ok(())
}

/// Removes what the vendor keeps no more. A subscription that was charged to it goes on with another one of the same
/// customer, if there is one; else it is cancelled.
async fn remove(
    conn: &mut AsyncPgConnection,
    method: &Method,
    instead: Option<&Method>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let renewal = queries::find(conn, method.user_id).await?;
    let is_used = renewal.is_some_and(|one| one.method_id == Some(method.id) && one.goes_on());
    match instead.filter(|_| is_used) {
        Some(other) => {
            change::use_method(conn, method.user_id, other.id, origin, now).await?;
        }
        None => {
            change::stop_charging(conn, method, origin, now).await?;
        }
    }
    Ok(methods::gone(conn, method.id).await?)
}
