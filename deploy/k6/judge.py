#!/usr/bin/env python3
"""Judges a load test by what is left of it, prints it as Markdown, and ends with 1 if a promise was broken.

    judge.py run <folder> <scenario>               ledger.json (k6/ledger.sql), watch.csv (watch.py)
    judge.py database <folder> <script>...         the logs of pgbench: pgbench.<process>*, in the order of its scripts
"""

import csv
import json
import math
import os
import pathlib
import sys

# Section 12.1 and 12.3 of the design document.
CYCLE_SECONDS = 30
WAITING_JOBS = 50
QUERY_MS = 200
# At first each client of pgbench connects and prepares its statements.
CONNECTING_SECONDS = 3
# Of a slope of memory something can be said after ten minutes; a leak is more than a tenth of it, and 10 MB.
SLOPE_SECONDS = 600
GROWTH_SHARE, GROWTH_MB = 0.1, 10
WARM_UP_SHARE = 0.2


def table(head, lines):
    for cells in [head, ["---"] * len(head), *lines]:
        print("|", " | ".join(str(cell) for cell in cells), "|")
    print()


def shown(value, digits=1):
    return "-" if value is None else f"{value:.{digits}f}"


def judge_ledger(book, scenario):
    """The table of the ledger, and what is wrong in it."""
    print("## The ledger\n")
    names = ["answered", "accepted", "done", "running", "failed", "lost", "stuck", "dead"]
    table(names, [[book[name] for name in names]])
    twice = ["answered_twice", "at_work_twice", "told_twice", "not_told", "paid_beyond"]
    more = [*twice, "units_taken", "units_owed", "deadlocks"]
    table([name.replace("_", " ") for name in more], [[book[name] for name in more]])
    cycle, delivered = book["cycle"], book["delivered"]
    table(["seconds from accepted to", "number", "median", "p95", "slowest"],
          [["complete", book["accepted"], *(shown(cycle[name]) for name in ("median", "p95", "slowest"))],
           ["delivered", delivered["number"], "-", shown(delivered["p95"]), shown(delivered["slowest"])]])
    zero = ["failed", "lost", "stuck", "dead", *twice, "deadlocks"]
    broken = [f"{name.replace('_', ' ')}: {book[name]}" for name in zero if book[name]]
    if book["accepted"] == 0:
        broken.append("nothing was accepted")
    if book["accepted"] != book["done"] + book["running"]:
        broken.append(f"accepted {book['accepted']}, but done and running are {book['done'] + book['running']}")
    if book["units_taken"] != book["units_owed"]:
        broken.append(f"units taken {book['units_taken']}, owed {book['units_owed']}")
    # Stress and spike bring more than can be read in time; that has to wait, and not to be lost.
    if scenario not in ("stress", "spike") and (cycle["p95"] or 0) > CYCLE_SECONDS:
        broken.append(f"95 of 100 readings take {cycle['p95']:.1f} s, more than {CYCLE_SECONDS} s")
    return broken


def numbers(rows, column):
    return [float(row[column]) for row in rows if row[column]]


def slope(rows, column):
    """Growth a second, by least squares, without the time in which caches fill; and over how many seconds."""
    rows = rows[int(len(rows) * WARM_UP_SHARE):]
    points = [(float(row["at"]), float(row[column])) for row in rows if row[column]]
    if len(points) < 3:
        return 0.0, 0.0
    mean_at, mean = (sum(side) / len(points) for side in zip(*points))
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    rise = sum((at - mean_at) * (value - mean) for at, value in points)
    return rise / spread, points[-1][0] - points[0][0]


def judge_processes(rows, scenario):
    """The table of the processes, and what has grown."""
    broken, lines = [], []
    wall = float(rows[-1]["at"]) - float(rows[0]["at"]) or 1.0
    names = [column.removesuffix("_mb") for column in rows[0] if column.endswith("_mb")]
    for name in names:
        # Nothing is held after the end of a process.
        held = list(filter(None, numbers(rows, f"{name}_mb"))) or [0.0]
        cpu = max(numbers(rows, f"{name}_cpu")) - numbers(rows, f"{name}_cpu")[0]
        files = numbers(rows, f"{name}_files")
        rise, seconds = slope(rows, f"{name}_mb")
        an_hour = rise * 3600 if seconds >= SLOPE_SECONDS else None
        lines.append([name, shown(max(held)), shown(held[-1]), shown(an_hour), shown(cpu), shown(100 * cpu / wall),
                      int(max(files))])
        grown = rise * seconds
        if scenario == "soak" and name in ("api", "worker") and seconds >= SLOPE_SECONDS:
            if grown > max(GROWTH_MB, GROWTH_SHARE * sum(held) / len(held)):
                broken.append(f"the memory of {name} has grown by {grown:.0f} MB in {seconds / 60:.0f} minutes")
    print(f"## The processes, in {wall:.0f} s on {os.cpu_count()} cores\n")
    table(["process", "most MB", "MB at the end", "MB an hour", "CPU seconds", "% of a core", "most files"], lines)
    waiting = numbers(rows, "waiting_jobs")
    table(["most jobs that wait", "at the end", "most sessions of Postgres", "most locks that are waited for"],
          [[int(max(waiting, default=0)), int(waiting[-1]) if waiting else "-",
            int(max(numbers(rows, "sessions"), default=0)), int(max(numbers(rows, "waiting_locks"), default=0))]])
    if scenario == "load" and max(waiting, default=0) >= WAITING_JOBS:
        broken.append(f"{max(waiting):.0f} jobs waited at a time, not fewer than {WAITING_JOBS}")
    return broken


def judge_run(folder, scenario):
    book = json.loads((folder / "ledger.json").read_text())
    with open(folder / "watch.csv", newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    return judge_ledger(book, scenario) + judge_processes(rows, scenario)


def quantile(times, share):
    return times[min(len(times) - 1, math.ceil(share * len(times)) - 1)]


def judge_database(folder, names):
    """A line of the log is: client, transaction, microseconds, number of the script, second, microsecond."""
    ended = [line.split() for log in folder.glob("pgbench.*") for line in log.read_text().splitlines()]
    from_second = min((int(fields[4]) for fields in ended), default=0) + CONNECTING_SECONDS
    times = [[] for _ in names]
    for fields in ended:
        if fields[2].isdigit() and int(fields[4]) >= from_second:
            times[int(fields[3])].append(int(fields[2]) / 1000)
    lines, broken = [], []
    for name, of_script in zip(names, map(sorted, times)):
        if not of_script:
            broken.append(f"{name} never ran")
            continue
        figures = [quantile(of_script, share) for share in (0.5, 0.95, 0.99)]
        lines.append([name, len(of_script), *(shown(ms, 2) for ms in [*figures, of_script[-1]])])
        if figures[1] >= QUERY_MS:
            broken.append(f"95 of 100 of {name} take {figures[1]:.0f} ms, not fewer than {QUERY_MS}")
    table(["script", "transactions", "median ms", "p95 ms", "p99 ms", "slowest ms"], lines)
    left = json.loads((folder / "ledger.json").read_text())
    accept = str(names.index("accept"))
    return broken + judge_left(left, sum(fields[3] == accept for fields in ended))


def judge_left(book, accepted):
    """What the scripts have left behind (k6/pgbench/ledger.sql)."""
    table(["accepted", *book], [[accepted, *book.values()]])
    broken = [f"{name}: {book[name]}" for name in ("running", "deadlocks") if book[name]]
    broken += [f"accepted {accepted}, but {name}: {book[name]}" for name in ("readings", "jobs") if book[name] != accepted]
    return broken if book["done"] else [*broken, "no job was claimed"]


def main():
    verb, folder, *rest = sys.argv[1:]
    folder = pathlib.Path(folder)
    broken = judge_run(folder, rest[0]) if verb == "run" else judge_database(folder, rest)
    for promise in broken:
        print(f"- **BROKEN**: {promise}")
    print("" if broken else "Every promise was kept.")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
