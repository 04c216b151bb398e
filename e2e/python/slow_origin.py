"""An origin that is slow on purpose: it sends one object in small pieces, and first of all waits for the test."""

import http.server
import re
import threading
import time

PIECE_BYTES = 32 * 1024
PIECE_SECONDS = 0.02
HOLD_SECONDS = 60


class SlowOrigin:
    """Serves `body` under every path. Each whole answer sends one piece and waits for `release`."""

    def __init__(self, body, etag, has_ranges):
        self.body = body
        self.etag = etag
        self.has_ranges = has_ranges
        self.requests = []
        self.released = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def release(self):
        self.released.set()

    def close(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()

    def _handler(self):
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                wanted = self.headers.get("Range")
                origin.requests.append(wanted or "whole")
                named = self.headers.get("If-Range", origin.etag)
                is_range = wanted is not None and origin.has_ranges and named == origin.etag
                start, end = origin._range(wanted) if is_range else (0, len(origin.body))
                self.send_response(206 if is_range else 200)
                if is_range:
                    self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(origin.body)}")
                self.send_header("ETag", origin.etag)
                self.send_header("Content-Length", str(end - start))
                self.end_headers()
                self._send(start, end, is_held=not is_range)

            def _send(self, start, end, is_held):
                try:
                    for at in range(start, end, PIECE_BYTES):
                        self.wfile.write(origin.body[at : min(at + PIECE_BYTES, end)])
                        self.wfile.flush()
                        if is_held:
                            origin.released.wait(HOLD_SECONDS)
                        time.sleep(PIECE_SECONDS)
                except OSError:
                    # The rest of a range that is not wanted any more.
                    self.close_connection = True

            def log_message(self, *args):
                pass

        return Handler

    def _range(self, text):
        first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", text).groups()
        end = int(last) + 1 if last else len(self.body)
        return int(first), min(end, len(self.body))
