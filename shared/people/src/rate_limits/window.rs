//! The rule of every count: a sliding window. No stretch of time as long as the window admits more than the limit,
//! wherever it begins.
//!
//! Requests that come close together are one group, which counts until the last of them has left the window. A
//! limit of up to [`GROUPS`] requests has a group for each, and is exact; of a higher one a request may count
//! for a [`GROUPS`]th of the window longer, and a bucket is at most [`GROUPS`] + 2 groups.
//!
//! `window.lua` says the same for Redis, and a test compares the two.

use std::collections::VecDeque;
use std::time::Duration;

use super::limit::{Decision, Limit};

/// How many groups a window is divided into.
const GROUPS: u32 = 20;

/// The requests that were admitted in a window. Times are milliseconds on any one clock.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// The oldest first.
    groups: VecDeque<Group>,
    /// When the newest group began.
    begun: u64,
    used: u32,
    /// When the block ends that the first refused request began; `None`: none was since the last that was admitted.
    block_ends: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    last: u64,
    count: u32,
}

impl Limit {
    /// How long a group is, in milliseconds; 0: of one moment.
    pub(super) fn grain(&self) -> u64 {
        match self.points {
            0..=GROUPS => 0,
            _ => self.window_ms() / u64::from(GROUPS),
        }
    }

    pub(super) fn window_ms(&self) -> u64 {
        milliseconds(self.window)
    }

    pub(super) fn block_ms(&self) -> u64 {
        milliseconds(self.block)
    }
}

fn milliseconds(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
}

impl Window {
    /// Drops what has left the window by now.
    pub fn slide(&mut self, limit: &Limit, now: u64) {
        self.follow(limit, now);
        while let Some(group) = self.groups.front()
            && group.last + limit.window_ms() <= now
        {
            self.used = self.used.saturating_sub(group.count);
            self.groups.pop_front();
        }
    }

    /// A clock that was set back: everything is as old as it was when the last request came.
    fn follow(&mut self, limit: &Limit, now: u64) {
        let ahead = self
            .groups
            .back()
            .map_or(0, |it| it.last)
            .saturating_sub(now);
        if ahead > 0 {
            let groups = self.groups.iter_mut();
            groups.for_each(|group| group.last = group.last.saturating_sub(ahead));
            self.begun = self.begun.saturating_sub(ahead);
        }
        let latest = now + limit.block_ms();
        self.block_ends = self.block_ends.map(|ends| ends.min(latest));
    }

    /// How long it takes until a request is admitted; 0: it is now.
    pub fn wait(&self, limit: &Limit, now: u64) -> u64 {
        let (mut used, mut free) = (self.used, now);
        for group in &self.groups {
            if used < limit.points {
                break;
            }
            used = used.saturating_sub(group.count);
            free = group.last + limit.window_ms();
        }
        free.max(self.block_ends.unwrap_or(now)).saturating_sub(now)
    }

    /// Whether a request was refused, and none admitted since.
    pub fn has_refused(&self) -> bool {
        self.block_ends.is_some()
    }

    /// Counts a request that is admitted.
    pub fn admit(&mut self, limit: &Limit, now: u64) -> Decision {
        match self.groups.back_mut() {
            Some(newest) if newest.last == now || now < self.begun + limit.grain() => {
                (newest.last, newest.count) = (now, newest.count + 1);
            }
            _ => {
                self.begun = now;
                self.groups.push_back(Group {
                    last: now,
                    count: 1,
                });
            }
        }
        self.used += 1;
        self.block_ends = None;
        self.decision(limit, now)
    }

    /// Begins the block, if this is the first request that is refused.
    pub fn refuse(&mut self, limit: &Limit, now: u64) -> Decision {
        self.block_ends.get_or_insert(now + limit.block_ms());
        self.decision(limit, now)
    }

    /// How it stands. `reset` is when something more is admitted, so never too early.
    pub fn decision(&self, limit: &Limit, now: u64) -> Decision {
        let wait = self.wait(limit, now);
        let refuses = self.has_refused() && wait > 0;
        let oldest = self.groups.front();
        let free = oldest.map_or(0, |oldest| oldest.last + limit.window_ms());
        Decision {
            admitted: !refuses,
            remaining: if refuses {
                0
            } else {
                limit.points.saturating_sub(self.used)
            },
            reset: Duration::from_millis(if refuses {
                wait
            } else {
                free.saturating_sub(now)
            }),
        }
    }

    /// When it can be forgotten.
    pub fn ends(&self, limit: &Limit) -> u64 {
        let newest = self.groups.back();
        let left = newest.map_or(0, |newest| newest.last + limit.window_ms());
        left.max(self.block_ends.unwrap_or_default())
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
pub(super) mod tests;
