//! The actions, and when each is possible.

use crate::Protocol;
use crate::outcome::Outcome;
use crate::scope::{Fault, Kind, MAX_ATTEMPTS};
use crate::state::{Held, JobState, Row, State, Step};

/// An atomic step of the system: a transaction, a call, or a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `claims::claim`: a queued job is claimed. The commit does not wait for the disk.
    Claim {
        runner: usize,
        job: usize,
        reply: Reply,
    },
    /// A read of the journal without locking its rows ([`Fault::LooksBeforeItLocks`]).
    ReadJournal { runner: usize },
    /// The journal is read and the intent of a call is written, under the guard.
    Intend { runner: usize, reply: Reply },
    /// The paid call. Without an answer (a timeout) it is paid for as well.
    Call { runner: usize, answered: bool },
    /// The answer is stored, by the id of its entry and without a guard.
    Store { runner: usize, reply: Reply },
    /// What the broken variants write in a separate transaction.
    Apply { runner: usize },
    /// The outcome of an attempt is written, under the guard; with [`Outcome::Done`] also its result
    /// and the next job.
    Close {
        runner: usize,
        outcome: Outcome,
        reply: Reply,
    },
    /// The keeper renews a lease. Only modelled for a claim that has ended: otherwise a renewal changes
    /// only a time, and makes an older claim durable, which would only remove states.
    Renew { runner: usize },
    /// `claims::rescue`: the lease has expired, the job returns to the queue.
    Rescue { job: usize },
    /// An operator cancels a job.
    Cancel { job: usize },
    /// All runners of a process lose their memory.
    Kill { process: u8 },
    /// Postgres crashes and restarts without its newest unflushed commits; `kept` older ones survive.
    Crash { kept: usize },
}

/// Whether the reply to a commit reaches the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Heard,
    Lost,
}

impl Protocol {
    pub(crate) fn possible(&self, state: &State, actions: &mut Vec<Action>) {
        for (runner, held) in state.runners.iter().enumerate() {
            match held {
                None => claims(state, runner, actions),
                Some(held) => self.work(state, runner, held, actions),
            }
        }
        for (job, it) in state.db.jobs.iter().enumerate() {
            let row = &it.row;
            // A lease that no runner renews expires; the expiry of a renewed one is a fault.
            let lease_may_end = !state.is_kept(job) || state.left.expiries > 0;
            if row.state == JobState::Running && lease_may_end && !self.has(Fault::NeverRescues) {
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

    /// Processes with a claim.
    fn busy(&self, state: &State) -> impl Iterator<Item = u8> {
        let mut busy: Vec<u8> = self
            .scope
            .runners
            .iter()
            .zip(&state.runners)
            .filter(|(_, held)| held.is_some())
            .map(|(process, _)| *process)
            .collect();
        busy.dedup();
        busy.into_iter()
    }

    /// The actions of a runner that holds a claim.
    fn work(&self, state: &State, runner: usize, held: &Held, actions: &mut Vec<Action>) {
        match held.step {
            Step::Begun if self.has(Fault::LooksBeforeItLocks) => {
                actions.push(Action::ReadJournal { runner });
            }
            Step::Begun | Step::Looked(_) => {
                both(state, actions, |reply| Action::Intend { runner, reply });
            }
            Step::Intended(_) => {
                actions.extend([true, false].map(|answered| Action::Call { runner, answered }))
            }
            Step::Answered(_) => both(state, actions, |reply| Action::Store { runner, reply }),
            Step::Ready if self.has(Fault::AppliesBeforeClosing) => {
                actions.push(Action::Apply { runner });
            }
            Step::Closed => actions.push(Action::Apply { runner }),
            _ => {}
        }
        for outcome in self.outcomes(state, held) {
            both(state, actions, |reply| Action::Close {
                runner,
                outcome,
                reply,
            });
        }
        if !held.current && self.may_be_dropped(held) {
            actions.push(Action::Renew { runner });
        }
    }

    /// An attempt whose lease is lost is dropped, but not while a paid answer is only in its
    /// memory, and not after its job is closed in a broken variant.
    fn may_be_dropped(&self, held: &Held) -> bool {
        match held.step {
            Step::Answered(_) => self.has(Fault::DropsTheCallWithTheLease),
            Step::Closed => false,
            _ => true,
        }
    }

    /// The possible outcomes of an attempt in this step.
    fn outcomes(&self, state: &State, held: &Held) -> Vec<Outcome> {
        let mut outcomes = match held.step {
            Step::Answered(_) | Step::Closed => return Vec::new(),
            Step::Ending(outcome) => return vec![outcome],
            Step::Begun => vec![Outcome::Failed, Outcome::GivenUp],
            Step::Ready if self.has(Fault::AppliesBeforeClosing) => vec![Outcome::Failed],
            Step::Ready => vec![Outcome::Done, Outcome::Failed, Outcome::GivenUp],
            Step::Applied => vec![Outcome::Done],
            Step::Failed => vec![Outcome::Failed],
            Step::Hopeless => vec![Outcome::GivenUp],
            // Besides a stop, which returns the job in any step, only the call can fail here.
            Step::Intended(_) | Step::Looked(_) | Step::Unwanted => Vec::new(),
        };
        if state.left.snoozes > 0 {
            outcomes.push(Outcome::Snoozed);
        }
        if state.db.jobs[held.job].row.cancel_requested {
            outcomes.push(Outcome::Cancelled);
        }
        outcomes
    }

    /// The first step of a new attempt.
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

fn claims(state: &State, runner: usize, actions: &mut Vec<Action>) {
    for (job, it) in state.db.jobs.iter().enumerate() {
        if it.row.state == JobState::Queued {
            both(state, actions, |reply| Action::Claim { runner, job, reply });
        }
    }
}

/// The action with the reply heard, and with the reply lost.
fn both(state: &State, actions: &mut Vec<Action>, action: impl Fn(Reply) -> Action) {
    if state.left.lost_replies > 0 {
        actions.push(action(Reply::Lost));
    }
    actions.push(action(Reply::Heard));
}
