//! The scope of the exploration: numbers of runners, jobs and faults, and faults of the protocol that
//! the checker must find.

/// After so many attempts a job is dead.
pub const MAX_ATTEMPTS: u8 = 2;

/// How many calls of a job may be recorded as unknown before it is given up.
pub const MAX_UNKNOWN: u8 = 1;

/// The size of the model.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Each runner works on one job at a time; the number is the process that it belongs to. A
    /// restarted process is really a new one with a new name, but since it holds no claim of the old
    /// one, this makes no difference.
    pub runners: Vec<u8>,
    pub jobs: Vec<Kind>,
    /// Whether each job is enqueued by the one before it, instead of at the beginning.
    pub chained: bool,
    pub budget: Budget,
}

/// The kind of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Writes its result.
    Plain,
    /// Makes a paid call, and writes its result.
    Paid,
}

/// How many faults may still occur.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Processes killed.
    pub kills: u8,
    /// Crashes of Postgres that lose something.
    pub crashes: u8,
    /// Leases that expire although their worker is alive, but paused or cut off. Those of dead workers
    /// do not count.
    pub expiries: u8,
    /// Commits whose reply is lost.
    pub lost_replies: u8,
    /// Snoozes, and jobs returned by a process that stops.
    pub snoozes: u8,
    /// Cancellations by an operator.
    pub cancels: u8,
}

impl Scope {
    /// One job with a paid call and two workers, with all faults.
    pub fn paid() -> Self {
        Self {
            runners: vec![0, 1],
            jobs: vec![Kind::Paid],
            chained: false,
            budget: Budget {
                kills: 2,
                crashes: 1,
                expiries: 2,
                lost_replies: 1,
                snoozes: 1,
                cancels: 0,
            },
        }
    }

    /// The same with a cancellation by an operator, and fewer faults.
    pub fn cancelled() -> Self {
        Self {
            budget: Budget {
                kills: 1,
                crashes: 1,
                expiries: 1,
                lost_replies: 1,
                snoozes: 0,
                cancels: 1,
            },
            ..Self::paid()
        }
    }

    /// Two plain jobs: their claims follow each other in the log of Postgres, and a crash may lose only
    /// the newer one.
    pub fn pair() -> Self {
        Self {
            jobs: vec![Kind::Plain, Kind::Plain],
            budget: Budget {
                kills: 1,
                crashes: 2,
                expiries: 1,
                lost_replies: 1,
                ..Budget::default()
            },
            ..Self::paid()
        }
    }

    /// A job with a paid call that enqueues another one.
    pub fn chain() -> Self {
        Self {
            jobs: vec![Kind::Paid, Kind::Plain],
            chained: true,
            budget: Budget {
                kills: 2,
                crashes: 1,
                expiries: 2,
                lost_replies: 1,
                ..Budget::default()
            },
            ..Self::paid()
        }
    }

    /// One job with a paid call, and two runners of one process under one name.
    pub fn one_process() -> Self {
        Self {
            runners: vec![0, 0],
            budget: Budget {
                cancels: 0,
                ..Self::cancelled().budget
            },
            ..Self::paid()
        }
    }
}

/// Faults of the protocol that the checker must find, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The completion checks the state of the row, not whose claim it is.
    CompletesWithoutFence,
    /// The completion checks nothing but the id.
    CompletesWithoutGuard,
    /// The guards of the ledger do not check the worker, although a crash of Postgres may issue a fence
    /// twice.
    GuardsWithoutWorker,
    /// The guard of the keeper does not check the worker.
    RenewsWithoutWorker,
    /// The result is written in a separate transaction, before the one that closes the job.
    AppliesBeforeClosing,
    /// The same, after it.
    AppliesAfterClosing,
    /// The next job is enqueued after the commit and not in it.
    EnqueuesAfterClosing,
    /// No intent is written before a call.
    CallsWithoutIntent,
    /// The intent is committed like a claim: without waiting for the disk.
    IntendsLazily,
    /// Reading the journal and writing the intent are two statements with separate snapshots, and no
    /// entry is locked between them.
    LooksBeforeItLocks,
    /// Unknown calls are counted, but made again without limit.
    AsksWithoutLimit,
    /// Storing an answer requires the current claim.
    GuardsTheAnswer,
    /// A handler is dropped when its lease is lost, also during a call.
    DropsTheCallWithTheLease,
    /// A claim keeps counting attempts beyond the maximum, if the worker that should have closed
    /// the job as dead was lost.
    CountsAttemptsForEver,
    /// Jobs whose lease has expired are never rescued.
    NeverRescues,
}
