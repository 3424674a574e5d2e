"""Receives webhooks and verifies their signatures as https://www.standardwebhooks.com says, with no code of authsome.

Prints its port, and then a line of JSON for each request: whether the signature is right, the headers and the body.
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

secret = base64.b64decode(os.environ.get("WEBHOOK_SECRET", "whsec_")[6:])


def verified(headers, body):
    stamp = headers["webhook-timestamp"] or ""
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return False
    signed = b".".join([headers["webhook-id"].encode(), stamp.encode(), body])
    expected = hmac.new(secret, signed, hashlib.sha256).digest()
    for each in headers["webhook-signature"].split(" "):
        version, _, value = each.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(value), expected):
            return True
    return False


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        print(json.dumps({
            "verified": verified(self.headers, body),
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
        }), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
