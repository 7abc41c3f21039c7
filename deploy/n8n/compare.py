#!/usr/bin/env python3
"""Has the same photos read by the pre-MVP and by this API, and compares (docs/MIGRATION.md). Ends with 1 if the API does
worse by a measure of section 14.6 of the design document.

    compare.py --older <webhook or folder> --api http://127.0.0.1:3000 --key-file <file> --person <telegram id> \\
        --photos <folder> --out <folder>

--older   the address that takes a photo as the form field `image` and answers with the text, or a folder with recorded
          answers: `<name of the photo>.txt`, of which no time is known
--key-file  a file with an API key of the scopes analyses:read and analyses:write; each photo takes a unit of the person's plan
--out     gets report.json, and sheet.md with each pair of texts as A and B, for people to judge without knowing which is
          which; key.json says it afterwards
"""

import argparse
import hashlib
import html.parser
import json
import math
import pathlib
import sys
import time
import urllib.error
import urllib.request
import uuid

# Sections 12.1 and 14.6 of the design document.
READING_SECONDS = 30
MORE_ERRORS = 0.01
SLOWER = 0.5
# What is less than this is how busy the machine was.
NOTICED_SECONDS = 1
# A message of Telegram, in UTF-16 units.
MESSAGE_UNITS = 4096
PATIENCE_SECONDS = 180
PHOTOS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def form(fields, name, photo, kind):
    """A multipart body, and its content type."""
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    parts.append(
        f'--{edge}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode() + photo + b"\r\n"
    )
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def call(url, headers, body=None):
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return answer.read().decode()


def text_of(answer):
    """The text of the pre-MVP: all of it, or what stands in JSON under a name that n8n's workflows use."""
    try:
        body = json.loads(answer)
    except ValueError:
        return answer.strip()
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        body = next((body[key] for key in ("text", "result", "analysis", "output") if key in body), "")
    return body.strip() if isinstance(body, str) else ""


def read_older(where, photo):
    recorded = pathlib.Path(where)
    if "://" not in where:
        return text_of((recorded / f"{photo.stem}.txt").read_text()), None
    body, kind = form({}, photo.name, photo.read_bytes(), PHOTOS[photo.suffix.lower()])
    begun = time.monotonic()
    answer = call(where, {"Content-Type": kind}, body)
    return text_of(answer), time.monotonic() - begun


def read_here(api, key, person, photo):
    fields = {"telegram_user_id": person, "focus_area": "general"}
    body, kind = form(fields, photo.name, photo.read_bytes(), PHOTOS[photo.suffix.lower()])
    begun = time.monotonic()
    accepted = json.loads(call(f"{api}/v1/analyses", {"Content-Type": kind, "X-API-Key": key}, body))
    waiting = {"X-API-Key": key, "Prefer": "wait=20"}
    while time.monotonic() - begun < PATIENCE_SECONDS:
        reading = json.loads(call(f"{api}/v1/analyses/{accepted['id']}", waiting))
        if reading["status"] == "completed":
            sections = [f"{one['title']}\n{one['content']}" for one in reading["analysis"]["sections"]]
            return "\n\n".join([reading["analysis"]["intro"], *sections]), time.monotonic() - begun
        if reading["status"] not in ("pending", "processing"):
            raise OSError(f"the reading is {reading['status']}")
    raise OSError("the reading takes too long")


class Markup(html.parser.HTMLParser):
    """Notes elements that are not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.is_sound = [], True

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        self.is_sound = self.is_sound and bool(self.open) and self.open.pop() == tag


def faults_of(text):
    """What is wrong with the form of a text."""
    markup = Markup()
    markup.feed(text)
    markup.close()
    found = {
        "empty": not text,
        "unclosed markup": bool(markup.open) or not markup.is_sound,
        "a paragraph longer than a message": any(
            len(part.encode("utf-16-le")) // 2 > MESSAGE_UNITS for part in text.split("\n\n")
        ),
    }
    return [fault for fault, is_so in found.items() if is_so]


def attempt(read):
    """What a side does with a photo."""
    try:
        text, seconds = read()
    except (OSError, ValueError, KeyError) as why:
        return {"text": "", "seconds": None, "error": str(why) or type(why).__name__, "faults": []}
    faults = faults_of(text)
    return {"text": text, "seconds": seconds, "error": "no text" if not text else None, "faults": faults}


def percentile(values, share):
    values = sorted(values)
    return values[math.ceil(len(values) * share) - 1] if values else None


def summary(sides):
    times = [one["seconds"] for one in sides if one["seconds"] is not None]
    return {
        "photos": len(sides),
        "errors": sum(one["error"] is not None for one in sides),
        "form_faults": sum(bool(one["faults"]) for one in sides),
        "median_seconds": percentile(times, 0.5),
        "p95_seconds": percentile(times, 0.95),
        "mean_length": round(sum(len(one["text"]) for one in sides) / max(len(sides), 1)),
    }


def judge(older, here):
    """By which measures the API does worse."""
    worse = []
    if (here["errors"] - older["errors"]) / max(here["photos"], 1) > MORE_ERRORS:
        worse.append(f"errors: {here['errors']}, the pre-MVP {older['errors']} of {here['photos']}")
    if here["form_faults"] > older["form_faults"]:
        worse.append(f"faults of form: {here['form_faults']}, the pre-MVP {older['form_faults']}")
    if (here["p95_seconds"] or 0) >= READING_SECONDS:
        worse.append(f"95 % within {here['p95_seconds']:.1f} s, promised are {READING_SECONDS}")
    if older["median_seconds"] and here["median_seconds"] and (
        here["median_seconds"] > older["median_seconds"] * (1 + SLOWER)
        and here["median_seconds"] - older["median_seconds"] > NOTICED_SECONDS
    ):
        worse.append(f"median {here['median_seconds']:.1f} s, the pre-MVP {older['median_seconds']:.1f} s")
    return worse


def sheet(rows):
    """The pairs in an order that the photo's hash decides, and which is which."""
    lines, key = ["# Which is better: A, B, or neither?"], {}
    for row in rows:
        sides = ["older", "here"] if int(row["sha256"], 16) % 2 else ["here", "older"]
        key[row["photo"]] = dict(zip("AB", sides))
        lines.append(f"## {row['photo']}")
        for letter, side in zip("AB", sides):
            lines += [f"### {letter}", row[side]["text"] or "(no answer)"]
    return "\n\n".join(lines) + "\n", key


def compare(asked):
    """All photos, one after the other; returns by which measures the API does worse."""
    key = pathlib.Path(asked.key_file).read_text().strip()
    photos = sorted(one for one in pathlib.Path(asked.photos).iterdir() if one.suffix.lower() in PHOTOS)
    if not photos:
        sys.exit(f"{asked.photos} has no photos.")
    rows = []
    for photo in photos:
        print(photo.name, file=sys.stderr)
        rows.append({
            "photo": photo.name,
            "sha256": hashlib.sha256(photo.read_bytes()).hexdigest(),
            "older": attempt(lambda: read_older(asked.older, photo)),
            "here": attempt(lambda: read_here(asked.api.rstrip("/"), key, asked.person, photo)),
        })
    older, here = (summary([row[side] for row in rows]) for side in ("older", "here"))
    worse = judge(older, here)
    out = pathlib.Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    pairs, letters = sheet(rows)
    (out / "sheet.md").write_text(pairs)
    (out / "key.json").write_text(json.dumps(letters, indent=2))
    report = {"older": older, "here": here, "worse": worse, "photos": rows}
    (out / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False))
    print(json.dumps({"older": older, "here": here, "worse": worse}, indent=2))
    return worse


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("older", "api", "key-file", "person", "photos", "out"):
        parser.add_argument(f"--{name}", required=True)
    return 1 if compare(parser.parse_args(words)) else 0


if __name__ == "__main__":
    sys.exit(main())
