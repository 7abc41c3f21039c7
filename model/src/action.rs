//! What can happen, and when.

use crate::Protocol;
use crate::scope::{Fault, Kind, MAX_ATTEMPTS};
use crate::state::{Held, JobState, Row, State, Step};
use crate::verdict::Verdict;

/// One thing that happens. Each is as small as the real thing is atomic: a transaction, a call, a
/// fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `claims::claim`: a queued job is taken. Not waited for by the disk.
    Claim {
        hand: usize,
        job: usize,
        reply: Reply,
    },
    /// A look into the journal that locks nothing there ([`Fault::LooksBeforeItLocks`]).
    Look { hand: usize },
    /// The journal is looked at and the intent to call is written, under the guard.
    Intend { hand: usize, reply: Reply },
    /// The call that costs money. Without an answer (a timeout) it is paid for all the same.
    Call { hand: usize, answered: bool },
    /// The answer is stored, under the key of its entry and no guard.
    Store { hand: usize, reply: Reply },
    /// What the broken variants write in a transaction of its own.
    Apply { hand: usize },
    /// The end of an attempt is written, under the guard; with [`Verdict::Done`] also its result
    /// and the next job.
    Close {
        hand: usize,
        verdict: Verdict,
        reply: Reply,
    },
    /// The keeper renews a lease. Only that of a claim which is over: else nothing changes but a
    /// time, and that an older claim is now safe on the disk, which would only make fewer states.
    Renew { hand: usize },
    /// `claims::rescue`: the lease is over, the job goes back to the queue.
    Rescue { job: usize },
    /// An operator cancels a job.
    Cancel { job: usize },
    /// All hands of a process forget everything.
    Kill { process: u8 },
    /// Postgres crashes and comes back without its newest lazy commits; these are kept.
    Crash { kept: usize },
}

/// Whether a worker hears that its transaction was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Heard,
    Lost,
}

impl Protocol {
    pub(crate) fn possible(&self, state: &State, actions: &mut Vec<Action>) {
        for (hand, held) in state.hands.iter().enumerate() {
            match held {
                None => claims(state, hand, actions),
                Some(held) => self.work(state, hand, held, actions),
            }
        }
        for (job, it) in state.db.jobs.iter().enumerate() {
            let row = &it.row;
            // A lease that nobody keeps ends by itself; to end a kept one is a fault.
            let lease_may_end = !state.is_kept(job) || state.left.expiries > 0;
            if row.state == JobState::Running && lease_may_end && !self.has(Fault::RescuesNobody) {
                actions.push(Action::Rescue { job });
            }
            let is_live = matches!(row.state, JobState::Queued | JobState::Running);
            if state.left.cancels > 0 && is_live && !row.cancel_requested {
                actions.push(Action::Cancel { job });
            }
        }
        if state.left.kills > 0 {
            actions.extend(self.busy(state).map(|process| Action::Kill { process }));
        }
        if state.left.crashes > 0 {
            actions.extend((0..state.unsynced.len()).map(|kept| Action::Crash { kept }));
        }
    }

    /// Processes with something to forget.
    fn busy(&self, state: &State) -> impl Iterator<Item = u8> {
        let mut busy: Vec<u8> = self
            .scope
            .hands
            .iter()
            .zip(&state.hands)
            .filter(|(_, held)| held.is_some())
            .map(|(process, _)| *process)
            .collect();
        busy.dedup();
        busy.into_iter()
    }

    /// What a hand may do next.
    fn work(&self, state: &State, hand: usize, held: &Held, actions: &mut Vec<Action>) {
        match held.step {
            Step::Begun if self.has(Fault::LooksBeforeItLocks) => {
                actions.push(Action::Look { hand });
            }
            Step::Begun | Step::Looked(_) => {
                both(state, actions, |reply| Action::Intend { hand, reply });
            }
            Step::Intended(_) => {
                actions.extend([true, false].map(|answered| Action::Call { hand, answered }))
            }
            Step::Answered(_) => both(state, actions, |reply| Action::Store { hand, reply }),
            Step::Ready if self.has(Fault::AppliesBeforeClosing) => {
                actions.push(Action::Apply { hand });
            }
            Step::Closed => actions.push(Action::Apply { hand }),
            _ => {}
        }
        for verdict in self.verdicts(state, held) {
            both(state, actions, |reply| Action::Close {
                hand,
                verdict,
                reply,
            });
        }
        if !held.current && self.may_be_dropped(held) {
            actions.push(Action::Renew { hand });
        }
    }

    /// An attempt whose lease is lost is dropped, but not while a paid answer is in its memory
    /// alone, and not where it only does what a broken variant has left to do.
    fn may_be_dropped(&self, held: &Held) -> bool {
        match held.step {
            Step::Answered(_) => self.has(Fault::DropsTheCallWithTheLease),
            Step::Closed => false,
            _ => true,
        }
    }

    /// The ends that an attempt may come to from here.
    fn verdicts(&self, state: &State, held: &Held) -> Vec<Verdict> {
        let mut verdicts = match held.step {
            Step::Answered(_) | Step::Closed => return Vec::new(),
            Step::Ending(verdict) => return vec![verdict],
            Step::Begun => vec![Verdict::Failed, Verdict::GivenUp],
            Step::Ready if self.has(Fault::AppliesBeforeClosing) => vec![Verdict::Failed],
            Step::Ready => vec![Verdict::Done, Verdict::Failed, Verdict::GivenUp],
            Step::Applied => vec![Verdict::Done],
            Step::Failed => vec![Verdict::Failed],
            Step::Hopeless => vec![Verdict::GivenUp],
            // A stop returns the job in the middle of anything; what else could go wrong here is
            // a call without an answer.
            Step::Intended(_) | Step::Looked(_) | Step::Unwanted => Vec::new(),
        };
        if state.left.snoozes > 0 {
            verdicts.push(Verdict::Snoozed);
        }
        if state.db.jobs[held.job].row.cancel_requested {
            verdicts.push(Verdict::Cancelled);
        }
        verdicts
    }

    /// Where a new attempt begins.
    pub(crate) fn first_step(&self, job: usize, row: &Row) -> Step {
        if row.cancel_requested {
            Step::Unwanted
        } else if row.attempt > MAX_ATTEMPTS {
            Step::Failed
        } else if self.scope.jobs[job] == Kind::Paid {
            Step::Begun
        } else {
            Step::Ready
        }
    }
}

fn claims(state: &State, hand: usize, actions: &mut Vec<Action>) {
    for (job, it) in state.db.jobs.iter().enumerate() {
        if it.row.state == JobState::Queued {
            both(state, actions, |reply| Action::Claim { hand, job, reply });
        }
    }
}

/// The action as its worker hears of it, and as it does not.
fn both(state: &State, actions: &mut Vec<Action>, action: impl Fn(Reply) -> Action) {
    if state.left.lost_replies > 0 {
        actions.push(action(Reply::Lost));
    }
    actions.push(action(Reply::Heard));
}
