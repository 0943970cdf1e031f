"""An HTTP API in front of a Lambda function under AWS's Runtime Interface Emulator, on loopback.

python -m tests.packaging.gateway PORT EMULATOR_PORT
"""

import base64
import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.support.gateway_events import http_api

INVOKE = "http://127.0.0.1:{}/2015-03-31/functions/function/invocations"


class Gateway(BaseHTTPRequestHandler):
    """Turns requests into events, payload 2.0, and answers into responses."""

    emulator_port = None

    def pass_on(self):
        """Invoke the function with the request, and send its answer."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        headers = {"content_type": self.headers.get("Content-Type", "")}
        headers["accept"] = self.headers.get("Accept", "*/*")
        event = http_api(self.command, self.path, body, **headers)
        try:
            answer = invoke(self.emulator_port, event)
        except OSError:
            self.send_error(503)
        else:
            self.reply(answer)

    def reply(self, answer):
        """Send the function's answer."""
        content = (answer.get("body") or "").encode()
        if answer.get("isBase64Encoded"):
            content = base64.b64decode(content)
        # A function that failed answers with an error instead, for which the gateway answers 502.
        self.send_response(answer.get("statusCode", 502))
        for name, value in answer.get("headers", {}).items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = pass_on  # noqa: N815

    def log_message(self, *_args):
        """Log nothing."""


def invoke(port, event):
    """Return what the function answers to an event."""
    request = urllib.request.Request(INVOKE.format(port), json.dumps(event).encode())
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read())


def main():
    """Serve until killed, one request at a time: the emulator panics at two."""
    port, Gateway.emulator_port = (int(number) for number in sys.argv[1:])
    HTTPServer(("127.0.0.1", port), Gateway).serve_forever()


if __name__ == "__main__":
    main()
