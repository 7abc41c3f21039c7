#!/usr/bin/env python3
"""compare.py against two sides that it does not know from real ones. Run by `make lint`."""

import contextlib
import http.server
import io
import json
import pathlib
import tempfile
import threading
import unittest

import compare

READING = {"intro": "Hello.", "sections": [{"title": "Bird", "content": "News."}]}


class Sides(http.server.BaseHTTPRequestHandler):
    """The pre-MVP at /webhook and the API at /v1, which needs two looks at a reading."""

    looks = 0
    is_failing = False
    forms = []

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        Sides.forms.append(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/webhook":
            return self.answer(200, [{"text": "<b>A bird.</b>"}])
        if self.headers["X-API-Key"] != "a-key":
            return self.answer(401, {})
        return self.answer(202, {"id": "1", "status": "pending"})

    def do_GET(self):
        Sides.looks += 1
        if Sides.is_failing:
            return self.answer(200, {"status": "failed"})
        status = "completed" if Sides.looks % 2 == 0 else "processing"
        return self.answer(200, {"status": status, "analysis": READING})

    def log_message(self, *_):
        pass


class Comparing(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sides)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "key").write_text("a-key\n")
        (self.folder / "photos").mkdir()
        for name in ("one.jpg", "two.PNG", "notes.txt"):
            (self.folder / "photos" / name).write_bytes(name.encode())
        Sides.looks, Sides.is_failing, Sides.forms = 0, False, []

    def run_with(self, older=None):
        at = f"http://127.0.0.1:{self.server.server_port}"
        words = {
            "older": older or f"{at}/webhook", "api": f"{at}/", "key-file": self.folder / "key", "person": 7,
            "photos": self.folder / "photos", "out": self.folder / "out",
        }
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            status = compare.main([word for key, value in words.items() for word in (f"--{key}", str(value))])
        return status, json.loads((self.folder / "out" / "report.json").read_text())

    def test_each_photo_goes_to_both_sides_and_the_pairs_hide_which_is_which(self):
        status, report = self.run_with()
        self.assertEqual((status, report["worse"]), (0, []))
        self.assertEqual([row["photo"] for row in report["photos"]], ["one.jpg", "two.PNG"])
        self.assertEqual(report["photos"][0]["older"]["text"], "<b>A bird.</b>")
        self.assertEqual(report["photos"][0]["here"]["text"], "Hello.\n\nBird\nNews.")
        self.assertEqual(sum(b'name="telegram_user_id"\r\n\r\n7\r\n' in form for form in Sides.forms), 2)
        self.assertEqual(sum(b"\r\n\r\none.jpg\r\n" in form for form in Sides.forms), 2)
        pairs = (self.folder / "out" / "sheet.md").read_text()
        self.assertNotIn("older", pairs)
        letters = json.loads((self.folder / "out" / "key.json").read_text())
        self.assertEqual(set(letters["one.jpg"].values()), {"older", "here"})

    def test_readings_that_fail_are_worse(self):
        Sides.is_failing = True
        status, report = self.run_with()
        self.assertEqual((status, report["here"]["errors"]), (1, 2))
        self.assertIn("errors: 2, the pre-MVP 0 of 2", report["worse"])

    def test_answers_can_be_recorded_and_a_missing_one_is_an_error_of_the_pre_mvp(self):
        (self.folder / "one.txt").write_text("A bird.\n")
        status, report = self.run_with(older=str(self.folder))
        self.assertEqual((status, report["older"]["errors"]), (0, 1))
        self.assertIsNone(report["older"]["median_seconds"])

    def test_slowness_and_faults_of_form_are_measured(self):
        good = {"photos": 20, "errors": 0, "form_faults": 0, "median_seconds": 10.0, "p95_seconds": 20.0}
        self.assertEqual(compare.judge(good, {**good, "median_seconds": 15.0}), [])
        self.assertEqual(len(compare.judge(good, {**good, "median_seconds": 15.1})), 1)
        fast = {**good, "median_seconds": 0.1}
        self.assertEqual(compare.judge(fast, {**fast, "median_seconds": 1.0}), [])
        self.assertEqual(len(compare.judge(good, {**good, "p95_seconds": 30.0})), 1)
        self.assertEqual(len(compare.judge(good, {**good, "form_faults": 1})), 1)
        self.assertEqual(compare.faults_of("<b>a</b> 1 < 2"), [])
        self.assertEqual(compare.faults_of("<b>a"), ["unclosed markup"])
        self.assertEqual(compare.faults_of("a</b>"), ["unclosed markup"])
        self.assertEqual(compare.faults_of(""), ["empty"])
        self.assertEqual(compare.faults_of("☕" * 4096), [])
        self.assertEqual(compare.faults_of("😀" * 2049), ["a paragraph longer than a message"])


if __name__ == "__main__":
    unittest.main()
