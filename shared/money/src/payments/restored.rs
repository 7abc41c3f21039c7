//! Money that had gone back and is here again: its refund has failed, or a dispute is won.

use chrono::TimeDelta;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use rust_decimal::Decimal;

use super::case::{Case, Effects, only};
use super::model::{Outcome, PaymentStatus};
use super::queries;
use crate::subscriptions::rules::{self as time, Window};

impl Case<'_> {
    /// The money is here again: the person has what was left of the time when it was taken back.
    pub(super) async fn restore(
        mut self,
        conn: &mut AsyncPgConnection,
        gone: Decimal,
        held: Decimal,
    ) -> QueryResult<Effects> {
        let had = self.payment.window();
        let had = had.map(|had| (self.left_of(&had), had));
        let (outcome, tickets) = match had {
            Some((rest, _)) if rest <= TimeDelta::zero() => {
                self.restore_used(conn).await?;
                (Outcome::Noted, Vec::new())
            }
            had => {
                queries::mark_untold(conn, self.payment.id).await?;
                let (outcome, tickets, _) = self.grant(conn, had).await?;
                (outcome, tickets)
            }
        };
        self.keep(conn, gone, held).await?;
        self.invoice(conn, self.payment.amount - gone).await?;
        Ok((outcome, tickets, None))
    }

    fn left_of(&self, had: &Window) -> TimeDelta {
        time::rest(had, self.payment.taken_back_at().unwrap_or(self.now))
    }

    /// The money is here again, and all that it has bought was used.
    async fn restore_used(&self, conn: &mut AsyncPgConnection) -> QueryResult<()> {
        let (status, action) = (PaymentStatus::Succeeded, "payment_succeeded");
        queries::close(conn, &self.payment, status, None, &self.origin, action).await
    }

    pub(super) async fn reopen(
        mut self,
        conn: &mut AsyncPgConnection,
        gone: Decimal,
        held: Decimal,
    ) -> QueryResult<Effects> {
        let (status, action) = (PaymentStatus::Pending, "payment_reopened");
        queries::close(conn, &self.payment, status, None, &self.origin, action).await?;
        self.keep(conn, gone, held).await?;
        Ok(only(Outcome::Noted))
    }
}
