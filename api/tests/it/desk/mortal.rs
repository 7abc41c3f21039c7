//! A gateway whose caller dies: before the vendor has the call, or after it has answered and before anything is written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;
use vendors::ProviderError;
use vendors::payment::{
    Call, Charge, Disbelief, Gateway, Incoming, Kept, Notification, Opened, Order, Receipt, Refund,
    Refunding, Renewed, Sought, Terms, Verdict,
};

/// Where the program that works on an order dies, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Death {
    /// In the call for a page: the vendor has not heard of it.
    BeforeInit,
    /// The page is there, and its address is lost.
    AfterInit,
    BeforeLookUp,
    AfterLookUp,
    BeforeRefund,
    /// The money is on its way back.
    AfterRefund,
    BeforeCharge,
    /// The money of a renewal is taken.
    AfterCharge,
    /// At the commit that keeps a call of the vendor.
    Keep,
    /// At the commit that grants.
    Settle,
    /// At the commit that ends a refund.
    EndRefund,
}

/// A gateway of the sandbox, used by programs that die.
pub(super) struct Mortal {
    inner: Arc<dyn Gateway>,
    /// Of the next orders, in turn.
    to_come: Mutex<VecDeque<Death>>,
    /// Of each order: how its program dies, and whether it has.
    of_orders: Mutex<BTreeMap<Uuid, (Death, bool)>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mortal {
    pub(super) fn new(inner: Arc<dyn Gateway>, deaths: &[Death]) -> Self {
        Self {
            inner,
            to_come: Mutex::new(deaths.iter().copied().collect()),
            of_orders: Mutex::default(),
        }
    }

    /// How the program of each order dies, and whether it has died in a call.
    pub(super) fn deaths(&self) -> BTreeMap<Uuid, (Death, bool)> {
        lock(&self.of_orders).clone()
    }

    fn meets(&self, order: Uuid) {
        let next = lock(&self.to_come).pop_front();
        if let Some(death) = next {
            lock(&self.of_orders).entry(order).or_insert((death, false));
        }
    }

    /// Unwinds, if it is this order's time: nothing that the caller would have done after it is done.
    fn dies(&self, order: Uuid, here: Death) {
        let is_time = match lock(&self.of_orders).get_mut(&order) {
            Some((death, has_died)) if *death == here => !std::mem::replace(has_died, true),
            _ => false,
        };
        assert!(!is_time, "the program of {order} dies: {here:?}");
    }
}

#[async_trait]
impl Gateway for Mortal {
    fn terms(&self) -> Terms {
        self.inner.terms()
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        self.meets(order.id);
        self.dies(order.id, Death::BeforeInit);
        let opened = self.inner.init(order).await;
        self.dies(order.id, Death::AfterInit);
        opened
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        self.inner.verify(call).await
    }

    fn read(&self, endpoint: &str, body: &[u8]) -> Result<Call, &'static str> {
        self.inner.read(endpoint, body)
    }

    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        self.inner.without_secrets(body)
    }

    fn answer(&self, verdict: Verdict) -> Receipt {
        self.inner.answer(verdict)
    }

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        for order in orders {
            self.dies(order.id, Death::BeforeLookUp);
        }
        let said = self.inner.look_up(orders).await;
        for order in orders {
            self.dies(order.id, Death::AfterLookUp);
        }
        said
    }

    fn is_proven(&self) -> bool {
        self.inner.is_proven()
    }

    async fn charge_saved(&self, charge: &Charge) -> Result<Vec<Notification>, ProviderError> {
        self.dies(charge.order.id, Death::BeforeCharge);
        let said = self.inner.charge_saved(charge).await;
        self.dies(charge.order.id, Death::AfterCharge);
        said
    }

    async fn forget_saved(&self, kept: &Kept) -> Result<(), ProviderError> {
        self.inner.forget_saved(kept).await
    }

    async fn renew(&self, renewed: &Renewed, goes_on: bool) -> Result<(), ProviderError> {
        self.inner.renew(renewed, goes_on).await
    }

    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        self.dies(refund.order.id, Death::BeforeRefund);
        let given = self.inner.refund(refund).await;
        self.dies(refund.order.id, Death::AfterRefund);
        given
    }
}
