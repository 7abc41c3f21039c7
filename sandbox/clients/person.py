"""The person on the other side of the chat: the control API of the sandbox, with nothing but the standard library."""

import json
import pathlib
import urllib.request
import uuid

CUP = pathlib.Path(__file__).parents[2] / "fixtures" / "coffee-cup.png"


class Person:
    def __init__(self, sandbox: str, token: str, user: int):
        self.sandbox, self.token, self.user = sandbox, token, user

    def does(self, what: str, body=None, verb: str = "POST", place: str = "users", content="application/json"):
        """One call of the control API, as README.md lists them; gives back its JSON."""
        where = self.user if place == "users" else place.split("/")[1]
        place = place.split("/")[0]
        url = f"{self.sandbox}/control/{place}/{where}/{what}?token={self.token}"
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        request = urllib.request.Request(url, data=None if verb == "GET" else data, method=verb)
        request.add_header("Content-Type", content)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def says(self, text: str, **more):
        return self.does("messages", {"text": text, "consent": "ask", **more})

    def sends_files(self, what: str, *names: str, **fields: str):
        """Files of these field names, each the picture of a cup."""
        edge = uuid.uuid4().hex
        parts = []
        for name, value in fields.items():
            parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for name in names:
            head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="cup.png"\r\nContent-Type: image/png\r\n\r\n'
            parts.append(head.encode() + CUP.read_bytes() + b"\r\n")
        body = b"".join(parts) + f"--{edge}--\r\n".encode()
        return self.does(what, body, content=f"multipart/form-data; boundary={edge}")

    def does_everything(self):
        """One act of every kind that makes an update; gives back the keys of Message that they bring."""
        self.says("/start ref_7")
        self.sends_files("messages", "photo", caption="my cup")
        self.sends_files("messages", "document")
        self.sends_files("albums", "photo", "photo", captions='["", "two"]')
        kinds = ["sticker", "voice", "audio", "video", "video_note", "animation"]
        for kind in kinds:
            self.does("messages", {kind: True})
        self.does("messages", {"location": {"latitude": 41.0, "longitude": 28.9}})
        self.does("messages", {"contact": {"phone_number": "+1", "first_name": "Bo"}})
        self.does("messages", {"fields": {"dice": {"emoji": "🎲", "value": 3}}})
        self.says("look", forwarded_from="Eva")
        self.does("messages/1", {"text": "/start again"}, verb="PATCH")
        self.does("reactions", {"message_id": 1, "emoji": "👍"})
        self.does("membership", {"status": "kicked"})
        self.does("membership", {"status": "member"})
        group = "groups/-77"
        self.does("membership", {"user": self.user, "status": "member"}, place=group)
        self.does("messages", {"user": self.user, "text": "/start"}, place=group)
        self.does("migration", {"user": self.user}, place=group)
        return ["photo", "document", *kinds, "location", "contact", "dice", "forward_origin", "media_group_id",
                "migrate_to_chat_id", "migrate_from_chat_id"]
