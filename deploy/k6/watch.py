#!/usr/bin/env python3
"""Looks at the processes of a load test until it is told to end (SIGTERM), and writes what it sees, a line each time.

    watch.py <file.csv> <seconds between> <address of Postgres> <name>=<process>...

Of each process with its children: resident memory (MB), CPU (seconds since its start) and open files. Of Postgres:
jobs that are due and wait, sessions, and locks that are waited for. Python 3 alone, /proc, and psql.
"""

import csv
import os
import signal
import subprocess
import sys
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
ASKED = """SELECT (SELECT count(*) FROM jobs WHERE state = 'queued' AND run_at <= now()),
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
    (SELECT count(*) FROM pg_locks WHERE NOT granted)"""


def stat(pid):
    """The parent of a process, and its CPU seconds with those of children that have ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[1]), sum(map(int, fields[11:15])) / TICKS


def all_processes():
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found[int(pid)] = stat(pid)
        except (OSError, ValueError, IndexError):
            pass  # It has ended meanwhile.
    return found


def family(root, processes):
    """A process and all that descend from it."""
    members = [root] if root in processes else []
    for member in members:
        members += [pid for pid, (parent, _) in processes.items() if parent == member]
    return members


def memory_and_files(pid):
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
        return pages * PAGE / 2**20, len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0.0, 0


def look_at(root, processes):
    members = family(root, processes)
    held = [memory_and_files(pid) for pid in members]
    cpu = sum(processes[pid][1] for pid in members)
    return [f"{sum(mb for mb, _ in held):.1f}", f"{cpu:.2f}", sum(files for _, files in held)]


def ask(database):
    """What Postgres says of itself; blank while it does not answer."""
    asked = ["psql", "-X", "-q", "-A", "-t", "-F", ",", database, "-c", ASKED]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip().split(",") if answer.returncode == 0 else ["", "", ""]


def main():
    path, pause, database, *named = sys.argv[1:]
    roots = dict(name.split("=") for name in named)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with open(path, "w", newline="", encoding="ascii") as file:
        lines = csv.writer(file)
        head = [f"{name}_{what}" for name in roots for what in ("mb", "cpu", "files")]
        lines.writerow(["at", *head, "waiting_jobs", "sessions", "waiting_locks"])
        while not ended.is_set():
            processes = all_processes()
            seen = [value for pid in roots.values() for value in look_at(int(pid), processes)]
            lines.writerow([f"{time.time():.1f}", *seen, *ask(database)])
            file.flush()
            ended.wait(float(pause))


main()
