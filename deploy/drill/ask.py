"""Asks the API as people's programs do. No package is needed.

    ask.py reading ADDRESS            sends a photo, waits for its reading, and prints how long it took
    ask.py accepted ADDRESS           sends words, and prints the id of the reading, which is not waited for
    ask.py photo ADDRESS              sends a photo, and prints the id of its reading
    ask.py refused ADDRESS            sends a photo that has to be refused, and prints why
    ask.py shows ADDRESS ID           prints what the photo of a reading is answered with: 200, or 404 if it is lost
    ask.py ended ADDRESS ID...        waits until these readings are complete
    ask.py payment ADDRESS            buys a month at the sandbox's bank, and waits until the money has come
    ask.py status ADDRESS             prints what /v1/ready says, or `gone`
    ask.py load ADDRESS REPORT        asks until SIGTERM, eight at a time; then writes REPORT (JSON)

A request is failed if its answer is not the expected one, or if there is none. None is sent twice.
"""

import collections
import http.client
import itertools
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

KEY = os.environ.get("N8N_API_KEY", "sandbox-n8n-key")
PHOTO = os.path.join(os.path.dirname(__file__), "../../fixtures/coffee-cup.png")
PATIENCE = 90  # seconds for a reading, and for an answer
CLIENTS = 8
PAUSE = 0.04  # seconds between two requests of a client


class Client:
    """One connection, kept open as long as the other side keeps it."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=PATIENCE)

    def ask(self, method, path, body=None, kind=None, **more):
        headers = {"X-API-Key": KEY, **more}
        if kind:
            headers["Content-Type"] = kind
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def send(self, person, **parts):
        body, kind = form(telegram_user_id=str(person), consent="obtained", **parts)
        return self.ask("POST", "/v1/analyses", body, kind)

    def send_or_end(self, **parts):
        status, body = self.send(next(PERSONS), **parts)
        if status != 202:
            sys.exit(f"not accepted: {status} {body[:300]!r}")
        return json.loads(body)["id"]

    def wait_for(self, reading):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            status, body = self.ask("GET", f"/v1/analyses/{reading}")
            state = json.loads(body).get("status") if status == 200 else status
            if state == "completed":
                return
            if state in ("failed", 404):
                sys.exit(f"the reading {reading} is {state}: {body[:300]!r}")
            time.sleep(0.1)
        sys.exit(f"the reading {reading} is not complete after {PATIENCE} s")


# Each reading is another person's: the plan of one allows three a day.
PERSONS = itertools.count(time.time_ns() // 1000 % 1_000_000_000 + 5_000_000_000)


def form(image=None, field="image", **texts):
    border = "drill-7f3a9c"
    body = b""
    for name, value in texts.items():
        body += f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    if image:
        head = f'--{border}\r\nContent-Disposition: form-data; name="{field}"; filename="cup.png"\r\n'
        body += (head + "Content-Type: image/png\r\n\r\n").encode() + image + b"\r\n"
    return body + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"


def reading(address):
    begun = time.monotonic()
    client = Client(address)
    client.wait_for(client.send_or_end(image=cup()))
    print(f"{time.monotonic() - begun:.1f}")


def cup():
    with open(PHOTO, "rb") as file:
        return file.read()


def photo(address):
    print(Client(address).send_or_end(image=cup()))


def refused(address):
    status, body = Client(address).send(next(PERSONS), image=cup())
    if status < 500:
        sys.exit(f"not refused: {status} {body[:300]!r}")
    print(status, json.loads(body)["code"])


def shows(address, of_reading):
    status, body = Client(address).ask("GET", f"/v1/analyses/{of_reading}/photo")
    if status != 200:
        sys.exit(f"the photo of {of_reading} has no address: {status} {body[:300]!r}")
    try:
        with urllib.request.urlopen(json.loads(body)["photo"]["url"], timeout=PATIENCE) as answer:
            print(answer.status)
    except urllib.error.HTTPError as why:
        print(why.code)


def accepted(address):
    print(Client(address).send_or_end(text="What does the week bring?"))


def ended(address, *readings):
    client = Client(address)
    for one in readings:
        client.wait_for(one)


def payment(address):
    client, person = Client(address), next(PERSONS)
    for_whom = {"X-Telegram-User-Id": str(person)}
    client.send(person, text="What does the week bring?")
    order = json.dumps({"tier": "BASIC", "provider": "sbp_tinkoff"}).encode()
    status, body = client.ask("POST", "/v1/subscriptions/purchase", order, "application/json", **for_whom)
    if status not in (200, 201):
        sys.exit(f"nothing was sold: {status} {body[:300]!r}")
    sold = json.loads(body)
    with urllib.request.urlopen(sold["payment_url"], data=b"act=pay", timeout=PATIENCE) as answer:
        answer.read()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        status, body = client.ask("GET", f"/v1/payments/{sold['payment_id']}", **for_whom)
        if status == 200 and json.loads(body)["status"] == "succeeded":
            return
        time.sleep(0.2)
    sys.exit(f"the money has not come after {PATIENCE} s: {status} {body[:300]!r}")


def status(address):
    try:
        print(json.loads(Client(address).ask("GET", "/v1/ready")[1])["status"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        print("gone")


class Load:
    """What all clients have counted."""

    def __init__(self, address):
        self.address, self.lock, self.stop = address, threading.Lock(), threading.Event()
        self.counts, self.failures, self.readings, self.slowest = collections.Counter(), [], [], 0.0

    def note(self, what, begun, status, wanted):
        took = time.monotonic() - begun
        with self.lock:
            self.counts[f"{what} {status}"] += 1
            self.slowest = max(self.slowest, took)
            if status != wanted:
                self.failures.append({"at": time.time(), "what": what, "answer": str(status), "seconds": round(took, 3)})

    def ask(self, what, wanted, call):
        begun = time.monotonic()
        try:
            status, body = call()
        except (OSError, http.client.HTTPException) as why:
            status, body = type(why).__name__, b""
        self.note(what, begun, status, wanted)
        return body if status == wanted else None

    def run(self):
        client, last = Client(self.address), None
        for turn in itertools.count():
            if self.stop.wait(PAUSE):
                return
            if turn % 10 == 0:
                with self.lock:
                    person = next(PERSONS)
                body = self.ask("send words", 202, lambda: client.send(person, text="What does the week bring?"))
                if body:
                    last = json.loads(body)["id"]
                    with self.lock:
                        self.readings.append(last)
            elif last and turn % 2:
                self.ask("look", 200, lambda: client.ask("GET", f"/v1/analyses/{last}"))
            else:
                self.ask("plans", 200, lambda: client.ask("GET", "/v1/plans"))


def load(address, report):
    all_ = Load(address)
    signal.signal(signal.SIGTERM, lambda *_: all_.stop.set())
    begun = time.monotonic()
    threads = [threading.Thread(target=all_.run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(report, "w") as file:
        json.dump(
            {
                "requests": sum(all_.counts.values()),
                "failed": len(all_.failures),
                "seconds": round(time.monotonic() - begun, 1),
                "slowest_seconds": round(all_.slowest, 3),
                "answers": dict(sorted(all_.counts.items())),
                "failures": all_.failures[:50],
                "readings": all_.readings,
            },
            file,
            indent=1,
        )


if __name__ == "__main__":
    acts = [reading, accepted, photo, refused, shows, ended, payment, status, load]
    act = {one.__name__: one for one in acts}
    if len(sys.argv) < 3 or sys.argv[1] not in act:
        sys.exit(__doc__)
    act[sys.argv[1]](*sys.argv[2:])
