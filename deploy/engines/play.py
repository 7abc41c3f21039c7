"""A conversation with a deployment, as people have it. No package is needed.

    play.py all ADDRESS              plays everything below once, and ends with an error if anything is wrong
    play.py readings ADDRESS COUNT   as many photos and their readings, eight at a time, each with two requests
    play.py signs-up ADDRESS         an address signs up; prints the person's id and an access token
    play.py lists ADDRESS TOKEN      prints the ids that an operator's list of persons shows

Played are: a photo and its reading by the API, and the history; a photo in the chat and the bot's answer; a payment at the
sandbox's bank; and sixteen people at once, each with words and looks.
"""

import concurrent.futures
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../drill"))

from ask import PATIENCE, PERSONS, PHOTO, Client, form, payment  # noqa: E402

SANDBOX = f"http://{os.environ.get('SANDBOX_ADDR', '127.0.0.1:4010')}"
CROWD = 16
TURNS = 12


def fail(what, *more):
    sys.exit(" ".join([what, *(repr(one)[:300] for one in more)]))


def photo():
    with open(PHOTO, "rb") as file:
        return file.read()


def by_api(address):
    """The reading of a photo, and the history with it alone."""
    client, person = Client(address), next(PERSONS)
    status, body = client.send(person, image=photo())
    if status != 202:
        fail("a photo was not accepted:", status, body)
    reading = json.loads(body)["id"]
    client.wait_for(reading)
    status, body = client.ask("GET", "/v1/analyses", **{"X-Telegram-User-Id": str(person)})
    ids = [one["id"] for one in json.loads(body)["data"]] if status == 200 else status
    if ids != [reading]:
        fail("the history is not the reading alone:", ids, reading)


def reading(address, person):
    """The answer to the second request waits for the end."""
    client = Client(address)
    status, body = client.send(person, image=photo())
    made = json.loads(body).get("id")
    for _ in range(3):
        status, body = client.ask("GET", f"/v1/analyses/{made}", Prefer="wait=60")
        if status == 200 and json.loads(body)["status"] == "completed":
            return
    raise RuntimeError(f"a reading is not complete: {status} {body[:300]!r}")


def readings(address, count):
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        made = [clients.submit(reading, address, next(PERSONS)) for _ in range(int(count))]
    for one in made:
        one.result()


def in_chat(_address):
    """A photo in the chat; the bot's last message becomes the reading."""
    person = next(PERSONS)
    path = f"{SANDBOX}/control/users/{person}/messages"
    body, kind = form(first_name="Ann", language_code="en")
    body, kind = with_photo(body, kind)
    request = urllib.request.Request(path, body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        answer.read()
    end = time.monotonic() + PATIENCE
    texts = []
    while time.monotonic() < end:
        with urllib.request.urlopen(path, timeout=PATIENCE) as answer:
            messages = json.loads(answer.read())["messages"]
        texts = [one.get("text") or "" for one in messages if one["sender"] == "bot"]
        # A reading is longer than what announces it.
        if any(len(text) > 400 for text in texts):
            return
        time.sleep(0.2)
    fail("no reading came in the chat:", texts)


def with_photo(body, kind):
    border = kind.split("boundary=")[1]
    end = f"--{border}--\r\n".encode()
    head = f'--{border}\r\nContent-Disposition: form-data; name="photo"; filename="cup.png"\r\nContent-Type: image/png\r\n\r\n'
    return body.removesuffix(end) + head.encode() + photo() + b"\r\n" + end, kind


def at_once(address):
    """Many people; each answer has to be the right one."""
    wrong = []

    def one(person):
        client = Client(address)
        try:
            status, body = client.send(person, text="What does the week bring?")
            reading = json.loads(body)["id"]
            for _ in range(TURNS):
                for path, wanted in ((f"/v1/analyses/{reading}", 200), ("/v1/plans", 200)):
                    status, body = client.ask("GET", path)
                    if status != wanted:
                        wrong.append(f"{path}: {status} {body[:200]!r}")
            client.wait_for(reading)
        except (OSError, KeyError, ValueError, SystemExit) as why:
            wrong.append(f"{type(why).__name__}: {why} {status} {body[:200]!r}")

    threads = [threading.Thread(target=one, args=(next(PERSONS),)) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        fail(f"{len(wrong)} answers were wrong:", wrong[0])


def everything(address):
    for play in (by_api, in_chat, payment, at_once):
        play(address)


def without_key(address, path, body=None, **headers):
    """A request without the key of a service."""
    request = urllib.request.Request(address + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def signs_up(address):
    who = {"email": f"operator-{next(PERSONS)}@example.org", "password": "seven blue kettles sing at noon"}
    kind = {"Content-Type": "application/json"}
    status, body = without_key(address, "/v1/auth/register", json.dumps(who).encode(), **kind)
    if status != 201:
        fail("signing up was refused:", status, body)
    told = json.loads(body)
    print(told["user"]["id"], told["access_token"])


def lists(address, token):
    bearer = {"Authorization": f"Bearer {token}"}
    status, body = without_key(address, "/v1/admin/users?limit=100", **bearer)
    if status != 200:
        fail("the list was refused:", status, body)
    for one in json.loads(body)["data"]:
        print(one["id"])


if __name__ == "__main__":
    act = {"all": everything, "readings": readings, "signs-up": signs_up, "lists": lists}
    if len(sys.argv) < 3 or sys.argv[1] not in act:
        sys.exit(__doc__)
    act[sys.argv[1]](*sys.argv[2:])
