//! Takes the vendors' statements, and holds the books against them.

use diesel_async::AsyncConnection;
use money::books::jobs::TakeStatements;
use money::books::statements;
use money::metrics;
use money::payments::model::PaymentProvider;
use vendors::payment::{Gateway, Line};

use crate::state::WorkerState;
use money::payments::reconcile::Away;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for TakeStatements {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        for gateway in state.core.providers.gateways.all() {
            let name = gateway.terms().provider;
            let Some(provider) = PaymentProvider::parse(name) else {
                continue;
            };
            if let Some(lines) = statement(state, &**gateway, name).await {
                book(state, provider, &lines).await?;
                compare(state, provider, &lines).await?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// All lines of the last days; `None`: the vendor has no such list, or does not answer now.
async fn statement(
    state: &WorkerState,
    gateway: &dyn Gateway,
    name: &'static str,
) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    for day in statements::days(state.core.clock.now().date_naive()) {
        match gateway.statement(day).await {
            Ok(more) => lines.extend(more?),
            Err(why) => {
                tracing::warn!(error = %why, provider = name, "a vendor's statement is taken tomorrow");
                metrics::statement_missed(name);
                return None;
            }
        }
    }
    Some(lines)
}

/// Each line in a transaction of its own.
async fn book(
    state: &WorkerState,
    provider: PaymentProvider,
    lines: &[Line],
) -> Result<(), JobError> {
    let mut conn = state.db().await?;
    for line in lines {
        conn.transaction(async |conn| statements::book(conn, provider, line).await)
            .await?;
    }
    Ok(())
}

/// Money that the statement has and the books have not is asked for, as the reconciler does. What is in one of both alone
/// after that is an operator's case.
async fn compare(
    state: &WorkerState,
    provider: PaymentProvider,
    lines: &[Line],
) -> Result<(), JobError> {
    let orders = statements::orders(lines);
    let mut conn = state.db().await?;
    let unpaid = statements::unpaid(&mut conn, provider, &orders).await?;
    drop(conn);
    if !unpaid.is_empty() {
        state
            .core
            .reconciler()
            .ask(&unpaid, &mut Away::new())
            .await?;
    }
    let mut conn = state.db().await?;
    let unpaid = statements::unpaid(&mut conn, provider, &orders).await?;
    let today = state.core.clock.now().date_naive();
    let unknown = match statements::settled_day(today) {
        Some(day) => statements::not_in_statement(&mut conn, provider, day, &orders).await?,
        None => Vec::new(),
    };
    let name = provider.as_str();
    metrics::statement_differs(name, "not_in_books", unpaid.len());
    metrics::statement_differs(name, "not_in_statement", unknown.len());
    for payment in unpaid {
        tracing::error!(provider = name, payment = %payment.id,
            "the vendor's statement has money of this order, and the books have not: see it at the vendor");
    }
    for payment in unknown {
        tracing::error!(provider = name, payment = %payment,
            "the books have money of this payment, and the vendor's statement has not: see it at the vendor");
    }
    Ok(())
}
