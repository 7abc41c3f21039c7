//! What is explored: how many of everything, how many faults of each kind, and what is broken on
//! purpose.

/// After so many attempts a job is dead.
pub const MAX_ATTEMPTS: u8 = 2;

/// How many calls of a job may stand in the journal as "perhaps paid for" before it is given up.
pub const MAX_UNKNOWN: u8 = 1;

/// The size of the world.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Each hand works on one job at a time; the number is the process that it belongs to. A
    /// process that starts again is in truth a new one with a new name, but as it remembers no
    /// claim of the old one, nothing can be seen of that.
    pub hands: Vec<u8>,
    pub jobs: Vec<Kind>,
    /// Whether each job is enqueued by the one before it, instead of at the beginning.
    pub chained: bool,
    pub budget: Budget,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Writes its result.
    Plain,
    /// Makes a call that costs money, and writes its result.
    Paid,
}

/// How many faults may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Processes killed.
    pub kills: u8,
    /// Crashes of Postgres that lose something.
    pub crashes: u8,
    /// Leases that end although their worker is alive: it was paused, or cut off. Those of dead
    /// workers are not counted.
    pub expiries: u8,
    /// Transactions that are committed without their worker hearing of it.
    pub lost_replies: u8,
    /// Snoozes, and jobs returned by a process that stops.
    pub snoozes: u8,
    /// Cancellations by an operator.
    pub cancels: u8,
}

impl Scope {
    /// One job with a paid call and two workers, with everything that can go wrong.
    pub fn paid() -> Self {
        Self {
            hands: vec![0, 1],
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

    /// The same with an operator who cancels it, and fewer faults.
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

    /// Two plain jobs side by side: their claims lie in the log of Postgres one after the other,
    /// and a crash may lose the newer alone.
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

    /// One job with a paid call, and two hands of one process under one name.
    pub fn one_process() -> Self {
        Self {
            hands: vec![0, 0],
            budget: Budget {
                cancels: 0,
                ..Self::cancelled().budget
            },
            ..Self::paid()
        }
    }
}

/// Mistakes that the checker has to find, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The completion looks at the state of the row, not at whose claim it is.
    CompletesWithoutFence,
    /// The completion looks at nothing but the id.
    CompletesWithoutGuard,
    /// The ledger's guards do not look at the worker's name, although a crash of Postgres may give
    /// a fence out twice.
    GuardsWithoutWorker,
    /// The keeper's guard does not.
    RenewsWithoutWorker,
    /// The result is a transaction of its own, before the one that closes the job.
    AppliesBeforeClosing,
    /// The same, after it.
    AppliesAfterClosing,
    /// The next job is enqueued after the commit and not in it.
    EnqueuesAfterClosing,
    /// No intent is written before a call.
    CallsWithoutIntent,
    /// The intent is committed like a claim: without waiting for the disk.
    IntendsLazily,
    /// The look into the journal and the intent are two statements, each with a snapshot of its
    /// own, and no entry is locked between them.
    LooksBeforeItLocks,
    /// Unknown calls are counted, but made again without limit.
    AsksWithoutLimit,
    /// Only the holder of the claim may store an answer.
    GuardsTheAnswer,
    /// A handler is dropped when its lease is lost, in the middle of a call too.
    DropsTheCallWithTheLease,
    /// A claim counts attempts on after the last, if whoever should have buried the job was lost.
    CountsAttemptsForEver,
    /// Nobody takes jobs back whose lease is over.
    RescuesNobody,
}
