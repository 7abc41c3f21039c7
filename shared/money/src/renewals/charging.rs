//! Calls of vendors for renewals: charges, and what they have to be told. Outside of any transaction.

use diesel_async::AsyncConnection;
use kernel::{Error, Language};
use url::Url;
use vendors::payment::{Charge, Gateway, Gateways, Happened, Kept, Notification, Renewed};
use vendors::{ProviderError, ProviderErrorKind};

use super::requests::VendorRequest;
use super::texts;
use super::turn::Due;
use super::{follow, queries as renewals};
use crate::accounts;
use crate::payments::intake::Intake;
use crate::payments::model::Payment;
use crate::payments::{orders, queries};
use crate::subscriptions::queries as subscriptions;
use audit::model::Origin;

impl Intake<'_> {
    /// Has the vendor charge what is due, and takes in what it says. One that may have been asked before is looked for
    /// first, and not charged if the vendor knows of anything.
    ///
    /// # Errors
    /// Those of the database, and of a vendor without an answer: the end of the charge is unknown, and is looked for later.
    pub async fn charge(&self, gateways: &Gateways, due: &Due) -> Result<(), Error> {
        let payment = &due.payment;
        payment.name_in_reports();
        let gateway = gateways.get(payment.provider.as_str())?;
        if !due.is_first {
            let said = gateway.look_up(&[payment.sought()]).await?;
            if self.hear_all(payment, said).await? > 0 || !gateway.manners().finds_charges {
                return Ok(());
            }
        }
        let person = due.method.user_id;
        let language = accounts::language(&mut *self.db.get().await?, person).await?;
        let charge = Charge {
            order: order(payment, language),
            with: Kept {
                person,
                token: due.method.token(self.vault)?,
            },
            key: format!("{}:charge", payment.id),
        };
        match gateway.charge_saved(&charge).await {
            Ok(said) => {
                if let Some(one) = said.first().filter(|_| !gateway.manners().finds_charges) {
                    // It is found by its number alone.
                    let mut conn = self.db.get().await?;
                    renewals::note_number(&mut conn, payment.id, &one.external_id).await?;
                }
                self.hear_all(payment, said).await.map(|_| ())
            }
            // Credentials that are wrong are no fault of the card.
            Err(why) if why.kind == ProviderErrorKind::Rejected => {
                self.refused(payment, &why).await
            }
            Err(why) => Err(why.into()),
        }
    }

    /// Takes in what a vendor says of a payment; returns how much that was.
    async fn hear_all(&self, payment: &Payment, said: Vec<Notification>) -> Result<usize, Error> {
        let id = payment.id.to_string();
        let moved = said
            .into_iter()
            .filter(|one| one.order_id == id && one.happened != Happened::Open);
        let mut heard = 0;
        for one in moved {
            self.hear(payment.provider, one).await?;
            heard += 1;
        }
        Ok(heard)
    }

    /// The vendor takes no such charge.
    async fn refused(&self, payment: &Payment, why: &ProviderError) -> Result<(), Error> {
        let (id, origin) = (payment.id, Origin::own("worker"));
        let mut conn = self.db.get().await?;
        let tickets = conn
            .transaction(async |conn| {
                if let Some(user_id) = payment.user_id {
                    subscriptions::lock(conn, user_id).await?;
                }
                queries::not_opened(conn, id, true, &why.message).await?;
                follow::after_event(conn, id, false, &origin, self.now).await
            })
            .await?;
        drop(conn);
        self.pusher.wake(&tickets).await;
        Ok(())
    }

    /// Tells a vendor what it has to know.
    ///
    /// # Errors
    /// Those of the vendor, and of a token that cannot be opened.
    pub async fn tell_vendor(
        &self,
        gateways: &Gateways,
        request: &VendorRequest,
    ) -> Result<(), Error> {
        let gateway = gateways.get(request.provider.as_str())?;
        match &request.charge {
            Some(charge) => {
                let renewed = Renewed {
                    charge: charge.clone(),
                    payer: request.payer,
                };
                Ok(gateway.renew(&renewed, request.renews).await?)
            }
            None => self.forget(&*gateway, request).await,
        }
    }

    async fn forget(&self, gateway: &dyn Gateway, request: &VendorRequest) -> Result<(), Error> {
        let (Some(person), Some(key_id), Some(sealed)) =
            (request.person, &request.key_id, &request.sealed)
        else {
            return Ok(());
        };
        let token = self.vault.open(person, key_id, sealed)?;
        let token = String::from_utf8(token).map_err(Error::internal)?;
        Ok(gateway.forget_saved(&Kept { person, token }).await?)
    }
}

fn order(payment: &Payment, language: Language) -> vendors::payment::Order {
    let sold = (payment.tier, payment.amount, payment.currency.as_str());
    vendors::payment::Order {
        description: texts::description(payment.tier, language),
        ..orders::order(payment.id, sold, language, None::<Url>)
    }
}
