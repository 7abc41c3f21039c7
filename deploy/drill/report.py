"""report.py RESULTS FOLDER COMMIT: writes report.md and report.json of a drill; the exit code is 1 if a promise was broken."""

import datetime
import json
import pathlib
import sys


def within(row, what):
    """Whether a time that was measured is within its aim; one without an aim is."""
    took, aim = row.get(f"{what}_seconds"), row.get(f"{what}_aim")
    return not took or not aim or float(took) <= float(aim)


def cell(row, what):
    took, aim = row.get(f"{what}_seconds"), row.get(f"{what}_aim")
    return f"{took} ({aim})" if took and aim else took or ""


def main(results, folder, commit):
    rows = [json.loads(line) for line in pathlib.Path(results).read_text().splitlines()]
    for row in rows:
        row["kept"] = row.pop("verdict") == "kept" and within(row, "rto") and within(row, "rpo")
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    told = {"at": now, "commit": commit, "kept": all(row["kept"] for row in rows), "scenarios": rows}
    folder = pathlib.Path(folder)
    (folder / "report.json").write_text(json.dumps(told, indent=1) + "\n")
    lines = [
        f"# Drill of {now}, commit {commit}",
        "",
        "| scenario | back after, s (aim) | lost, s (aim) | seen | kept |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        kept = "yes" if row["kept"] else "**no**"
        lines.append(f"| {row['scenario']} | {cell(row, 'rto')} | {cell(row, 'rpo')} | {row['seen']} | {kept} |")
    (folder / "report.md").write_text("\n".join(lines) + "\n")
    return 0 if told["kept"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
