//! The ledger as a backend of apalis: claims come through a channel from the feeder.
//!
//! apalis runs the workers and waits for running jobs when a worker stops. The ledger is responsible
//! for persistence, retries, acknowledgement and recovery (docs/adr/0001).

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

/// The feeder's end of the channel.
pub(super) type Claims = mpsc::UnboundedSender<Claimed>;

/// The worker's end of the channel.
#[derive(Debug)]
pub(super) struct LedgerBackend {
    claims: mpsc::UnboundedReceiver<Claimed>,
}

/// A channel from a feeder to a worker. Unbounded, because every claim in it has a permit already.
/// When the feeder's end is dropped, the worker finishes its claims and stops.
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
        // The end of a backend does not stop its worker (apalis-core 1.0.0): without this the worker
        // waits forever. `stop` only fails before the start.
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
