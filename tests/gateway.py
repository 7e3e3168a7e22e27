"""A text message gateway that keeps what it is asked to send, and refuses, waits or breaks as a test says."""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SID, TOKEN, SENDER = "AC0123456789", "not-a-secret", "+12125550100"


class Gateway:
    """`url` for CLINIC_SMS_URL, `texts` so far (the form fields), and `answer(...)` to play a bad one."""

    def __init__(self):
        self.texts: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self._answers = (201, {})
        self._breaks_off = False
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                gateway.take(self)

            def log_message(self, *arguments):
                """It tells of every request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        sender = urllib.parse.quote(SENDER)
        self.url = f"twilio+http://{SID}:{TOKEN}@127.0.0.1:{self.port}/?from={sender}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, status: int, **body):
        """Answer every request with this status and JSON from now on."""
        self._answers = (status, body)

    def break_off(self):
        """Take every request and close the line without a word."""
        self._breaks_off = True

    def take(self, request):
        length = int(request.headers["Content-Length"])
        fields = urllib.parse.parse_qsl(request.rfile.read(length).decode(), strict_parsing=True)
        self.texts.append(dict(fields))
        self.headers.append(dict(request.headers))
        self.paths.append(request.path)
        if self._breaks_off:
            return
        status, body = self._answers
        said = json.dumps(body or {"sid": f"SM{len(self.texts)}"}).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(said)))
        request.end_headers()
        request.wfile.write(said)
