"""n8n.py PORT SENT [broken]: stands in for n8n with the workflow `result` (workflows/n8n/result.json), so that it can be away,
broken and mended within seconds. The messages that it has sent stand in the file SENT, as chat:id. `make n8n` plays a real one.

A broken workflow is answered for with an empty 200, as n8n 1.123 does it (https://github.com/n8n-io/n8n/issues/17040).
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = os.environ["N8N_WEBHOOK_KEY"]
SECRET = base64.b64decode(os.environ["N8N_WEBHOOK_SECRET"].removeprefix("whsec_"))
SEND = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['TELEGRAM_BOT_TOKEN']}/sendMessage"


def is_signed(headers, body):
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signature = "v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    return signature in headers["webhook-signature"].split(" ")


def send(chat, html, answers=None):
    message = {"chat_id": chat, "text": html, "parse_mode": "HTML"}
    if answers:
        message["reply_parameters"] = {"message_id": answers}
    request = urllib.request.Request(SEND, json.dumps(message).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())["result"]["message_id"]


class Workflow(BaseHTTPRequestHandler):
    sent, broken = "", False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.broken:
            return self.answer(200, b"")
        if self.headers["X-Symancy-Key"] != KEY:
            return self.answer(403, b"")
        if not is_signed(self.headers, body):
            return self.answer(401, b"")
        callback = json.loads(body)
        answers = [callback["message_id"]] + [None] * (len(callback["html"]) - 1)
        ids = [send(callback["chat_id"], part, to) for part, to in zip(callback["html"], answers)]
        with open(self.sent, "a") as file:
            file.writelines(f"{callback['chat_id']}:{one}\n" for one in ids)
        done = {"ok": True, "delivery_id": callback["delivery_id"], "message_ids": ids}
        return self.answer(200, json.dumps(done).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    Workflow.sent, Workflow.broken = sys.argv[2], sys.argv[3:] == ["broken"]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Workflow).serve_forever()
