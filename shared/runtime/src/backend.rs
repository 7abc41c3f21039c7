//! The ledger as a backend of apalis: a worker polls its feeder for the next claim. It never fails,
//! because apalis ends a worker whose backend does; the feeder outlasts an outage by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use apalis_core::layers::Identity;
use apalis_core::task::Task;
use apalis_core::worker::context::WorkerContext;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::claimed::Claimed;
use super::feeder::Feeder;
use super::handler::State;

/// The claims of one queue. After a stop it ends, and its worker finishes what it runs.
pub(super) struct LedgerBackend<S: State>(BoxStream<'static, Arc<Claimed<S>>>);

impl<S: State> LedgerBackend<S> {
    pub(super) fn new(feeder: Feeder<S>) -> Self {
        Self(feeder.claims().boxed())
    }
}

impl<S: State> Backend for LedgerBackend<S> {
    type Task = Task<Arc<Claimed<S>>>;
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
        self.0
            .poll_next_unpin(cx)
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

impl<S: State> BackendConfig for LedgerBackend<S> {
    type Args = Arc<Claimed<S>>;
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
