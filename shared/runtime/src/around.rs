//! A tower layer from an async function, like `from_fn` of axum.

use std::sync::Arc;
use std::task::{Context, Poll};

use apalis_core::error::BoxDynError;
use apalis_core::layers::{Layer, Service};
use apalis_core::task::Task;
use futures_util::future::BoxFuture;

use super::claimed::Claimed;
use super::handler::State;

/// The response of a service. Layers pass `Err` on: only apalis itself could return it, because the
/// failure of an attempt is a response with its type, and not an error, which apalis would box.
pub(super) type Answer<T> = Result<T, BoxDynError>;

/// The layer that calls `F` with the claimed job and the future of the service inside. That service
/// does nothing before its future is polled.
pub(super) struct Around<F>(pub F);

impl<F: Clone, I> Layer<I> for Around<F> {
    type Service = AroundService<F, I>;

    fn layer(&self, inner: I) -> Self::Service {
        AroundService {
            around: self.0.clone(),
            inner,
        }
    }
}

pub(super) struct AroundService<F, I> {
    around: F,
    inner: I,
}

impl<S, F, I, Fut, T> Service<Task<Arc<Claimed<S>>>> for AroundService<F, I>
where
    S: State,
    I: Service<Task<Arc<Claimed<S>>>, Error = BoxDynError>,
    F: Fn(Arc<Claimed<S>>, I::Future) -> Fut,
    Fut: Future<Output = Answer<T>> + Send + 'static,
{
    type Response = T;
    type Error = BoxDynError;
    /// Boxed, because an async function stores its argument twice: futures of futures would double in
    /// size with each layer.
    type Future = BoxFuture<'static, Answer<T>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, task: Task<Arc<Claimed<S>>>) -> Self::Future {
        let claimed = task.args.clone();
        Box::pin((self.around)(claimed, self.inner.call(task)))
    }
}
