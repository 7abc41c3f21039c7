//! The ledger as a backend of apalis: claims come through a channel from the feeder.
//!
//! apalis drives the workers and waits for running jobs when a worker stops. Persistence,
//! retries, acknowledgement and recovery are the ledger's (docs/adr/0001).

use std::convert::Infallible;
use std::task::{Context, Poll};

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::task::Task;
use apalis_core::worker::context::WorkerContext;
use jobs::claims::Claim;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tower_layer::Identity;

/// A claimed job with the permit to run; the slot is free again when the permit is dropped.
#[derive(Debug)]
pub(super) struct Claimed {
    pub claim: Claim,
    pub permit: OwnedSemaphorePermit,
}

/// Where the feeder puts claims.
pub(super) type Claims = mpsc::UnboundedSender<Claimed>;

/// Where apalis takes them from.
#[derive(Debug)]
pub(super) struct LedgerBackend {
    claims: mpsc::UnboundedReceiver<Claimed>,
}

/// A feeder's end and a worker's end. Unbounded, because every claim in it has a permit
/// already. Dropping the feeder's end lets the worker finish what it has and stop.
pub(super) fn channel() -> (Claims, LedgerBackend) {
    let (sender, claims) = mpsc::unbounded_channel();
    (sender, LedgerBackend { claims })
}

impl Backend for LedgerBackend {
    type Task = Task<Claimed>;
    type Error = Infallible;

    fn poll_ready(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Self::Error>>> {
        self.claims
            .poll_recv(cx)
            .map(|claimed| claimed.map(|claimed| Ok(Task::new(claimed))))
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Result<(), Self::Error>> {
        // A backend that has come to its end does not end its worker by itself (apalis-core
        // 1.0.0): without this the worker waits for ever. It fails only before the start.
        let _ = worker.stop();
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for LedgerBackend {
    type Args = Claimed;
    type Id = uuid::Uuid;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &Self::Config {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Self::Layer {
        Identity::new()
    }
}
