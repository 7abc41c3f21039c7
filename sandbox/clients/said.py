"""What the sandbox has said in the conversations of `fixtures/conversations/`: `RECORD_TELEGRAM` of their test writes a
line of JSON for each update and each answer."""

import json
import pathlib


def lines(folder: str):
    """Yields where a line stands, and what it says."""
    files = sorted(pathlib.Path(folder).glob("*.jsonl"))
    assert files, f"nothing is recorded in {folder}"
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            yield f"{file.name}:{number}", json.loads(line)


def check(client: str, folder: str, update, answer, unknown):
    """Parses every line: `update(body)` and `answer(method, body)` return the client's own objects, `unknown(object)`
    yields what the client does not know in one."""
    counts = {"updates": 0, "answers": 0}
    for where, said in lines(folder):
        if "update" in said:
            counts["updates"] += 1
            parsed = update(said["update"])
        else:
            counts["answers"] += 1
            parsed = answer(said["method"], said["answer"])
        strange = list(unknown(parsed))
        assert not strange, f"{where}: {client} does not know {strange}"
    print(f"{client}: {counts['updates']} updates and {counts['answers']} answers of the conversations were understood")
