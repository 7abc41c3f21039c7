"""What a person in the chat does and sees, by the sandbox. No package is needed.

    chat.py photo SANDBOX API            a new person agrees and sends a photo; prints their id
    chat.py read SANDBOX PERSON [SENT]   waits for their reading, looks that there is one, and prints who has sent it:
                                         `n8n`, if the message stands in the file SENT, or `worker`
    chat.py says SANDBOX PERSON WORDS    waits until the bot has said something with these words
    chat.py fault SANDBOX [JSON]         makes the sandbox's vendors fail; without JSON they are well again
"""

import json
import pathlib
import sys
import time
import urllib.request

import ask

PATIENCE = 180  # seconds: n8n is asked for about half a minute before the worker speaks


def call(method, url, body=None, **headers):
    if isinstance(body, dict):
        body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, names, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.loads(answer.read() or b"null")


def of_person(sandbox, person, what):
    return f"{sandbox}/control/users/{person}/{what}"


def of_bot(sandbox, person):
    messages = call("GET", of_person(sandbox, person, "messages"))["messages"]
    return [one for one in messages if one["sender"] == "bot" and one["text"]]


def until(sandbox, person, wanted):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = [one for one in of_bot(sandbox, person) if wanted(one)]
        if found:
            return found
        time.sleep(0.2)
    said = [one["text"][:80] for one in of_bot(sandbox, person)]
    sys.exit(f"not in the chat of {person} after {PATIENCE} s; there is {said}")


def photo(sandbox, api):
    person = next(ask.PERSONS)
    signed = call("GET", of_person(sandbox, person, "init-data"))["init_data"]
    agreed = {"terms_of_use": True, "privacy_policy": True}
    call("PUT", f"{api}/v1/users/me/consents", agreed, X_Telegram_Init_Data=signed)
    body, kind = ask.form(ask.cup(), "photo", language_code="en")
    call("POST", of_person(sandbox, person, "messages"), body, Content_Type=kind)
    print(person)


def is_reading(message):
    # A greeting is as long, and names the bot.
    return len(message["text"]) > 150 and "Symancy" not in message["text"]


def read(sandbox, person, sent=None):
    found = until(sandbox, person, is_reading)
    if len(found) > 1:
        sys.exit(f"the reading stands {len(found)} times in the chat of {person}")
    lines = pathlib.Path(sent).read_text().split() if sent else []
    print("n8n" if f"{person}:{found[0]['message_id']}" in lines else "worker")


def says(sandbox, person, words):
    until(sandbox, person, lambda message: words in message["text"])


def fault(sandbox, faults=None):
    address = f"{sandbox}/control/faults"
    call("PUT", address, json.loads(faults)) if faults else call("DELETE", address)


if __name__ == "__main__":
    act = {"photo": photo, "read": read, "says": says, "fault": fault}
    if len(sys.argv) < 3 or sys.argv[1] not in act:
        sys.exit(__doc__)
    act[sys.argv[1]](*sys.argv[2:])
