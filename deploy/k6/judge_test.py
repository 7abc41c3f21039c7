#!/usr/bin/env python3
"""Each promise that judge.py knows can be broken, and a run that keeps them all is not blamed. Run by `make lint`."""

import contextlib
import copy
import io
import json
import pathlib
import tempfile
import unittest

import judge

KEPT = {
    "answered": 9, "accepted": 10, "done": 8, "running": 2, "failed": 0, "lost": 0, "stuck": 0, "dead": 0,
    "answered_twice": 0, "at_work_twice": 0, "told_twice": 0, "not_told": 0, "paid_beyond": 0,
    "units_taken": 10, "units_owed": 10, "deadlocks": 0,
    "cycle": {"median": 2.0, "p95": 29.0, "slowest": 31.0}, "delivered": {"number": 8, "p95": 3.0, "slowest": 4.0},
}


def said(judgment, *arguments):
    """What is broken, without the tables."""
    with contextlib.redirect_stdout(io.StringIO()):
        return judgment(*arguments)


def ledger(scenario="load", **changes):
    return said(judge.judge_ledger, {**copy.deepcopy(KEPT), **changes}, scenario)


def watched(megabytes, waiting=0):
    """Lines of watch.csv, one a minute."""
    line = {"api_cpu": "1", "api_files": "9", "sessions": "1", "waiting_locks": "0", "waiting_jobs": str(waiting)}
    return [{**line, "at": str(60 * minute), "api_mb": str(held)} for minute, held in enumerate(megabytes)]


class TheLedger(unittest.TestCase):
    def test_a_run_that_keeps_every_promise_is_not_blamed(self):
        self.assertEqual(ledger(), [])

    def test_each_count_that_has_to_be_zero_is_blamed(self):
        for name in ("lost", "stuck", "dead", "answered_twice", "at_work_twice", "told_twice", "not_told",
                     "paid_beyond", "deadlocks"):
            self.assertEqual(ledger(**{name: 1}), [f"{name.replace('_', ' ')}: 1"])

    def test_a_reading_that_failed_is_blamed_and_is_not_done(self):
        self.assertEqual(ledger(failed=1, done=7), ["failed: 1", "accepted 10, but done and running are 9"])

    def test_a_unit_that_was_taken_for_no_reading_is_blamed(self):
        self.assertEqual(ledger(units_taken=11), ["units taken 11, owed 10"])

    def test_a_run_in_which_nothing_was_accepted_is_blamed(self):
        self.assertEqual(ledger(accepted=0, done=0, running=0, units_taken=0, units_owed=0), ["nothing was accepted"])

    def test_slow_readings_are_blamed_unless_more_came_than_can_be_read(self):
        slow = {"median": 2.0, "p95": 30.5, "slowest": 99.0}
        self.assertEqual(len(ledger("ai-workers", cycle=slow)), 1)
        self.assertEqual(ledger("stress", cycle=slow), [])


class TheProcesses(unittest.TestCase):
    def test_memory_that_grows_in_the_soak_is_blamed(self):
        growing = watched([100 + minute for minute in range(60)])
        self.assertEqual(len(said(judge.judge_processes, growing, "soak")), 1)
        self.assertEqual(said(judge.judge_processes, growing, "load"), [])

    def test_caches_that_fill_at_first_are_not_blamed(self):
        self.assertEqual(said(judge.judge_processes, watched([20, 60, 90] + [100] * 57), "soak"), [])

    def test_of_some_minutes_nothing_is_said(self):
        self.assertEqual(said(judge.judge_processes, watched([100, 200, 300, 400]), "soak"), [])

    def test_fifty_jobs_that_wait_are_blamed_in_load_alone(self):
        waiting = watched([100] * 20, waiting=50)
        self.assertEqual(len(said(judge.judge_processes, waiting, "load")), 1)
        self.assertEqual(said(judge.judge_processes, waiting, "spike"), [])


class TheDatabase(unittest.TestCase):
    LEFT = {"readings": 20, "jobs": 20, "done": 16, "running": 0, "deadlocks": 0}

    def judged(self, slowest_ms=1, **changes):
        """Twenty transactions of `accept`, one a second: the first is slow, and the last two take so long."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            times = [900000] + [1000] * 17 + [slowest_ms * 1000] * 2
            log = "".join(f"0 {number} {time} 0 {1764540000 + number} 1\n" for number, time in enumerate(times))
            (folder / "pgbench.1").write_text(log)
            (folder / "ledger.json").write_text(json.dumps({**self.LEFT, **changes}))
            return said(judge.judge_database, folder, ["accept"])

    def test_quick_queries_that_left_what_they_should_are_not_blamed(self):
        self.assertEqual(self.judged(), [])

    def test_slow_queries_are_blamed(self):
        self.assertEqual(self.judged(slowest_ms=201), ["95 of 100 of accept take 201 ms, not fewer than 200"])

    def test_what_is_missing_or_left_over_is_blamed(self):
        self.assertEqual(self.judged(readings=19), ["accepted 20, but readings: 19"])
        self.assertEqual(self.judged(running=1), ["running: 1"])
        self.assertEqual(self.judged(done=0), ["no job was claimed"])


if __name__ == "__main__":
    unittest.main()
