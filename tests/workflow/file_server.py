"""A local HTTP server of a folder's files, with the faults of real ones."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server: FileServer = self.server
        with server.turn:
            seen = server.requested.setdefault(self.path, [])
            seen.append(self.headers.get("Range"))
            fault = server.fault(self.path, len(seen))
        path = server.folder / self.path.lstrip("/")
        if fault == "gone" or not path.is_file():
            return self.refuse(404)
        if fault == "busy":
            return self.refuse(503)
        content = path.read_bytes()
        ranged = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(ranged[1]) if ranged and fault != "no ranges" else 0
        if start and start >= len(content):
            return self.refuse(416, {"Content-Range": f"bytes */{len(content)}"})
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            place = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", place)
        self.send_header("ETag", f'"{len(content)}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault in ("cut", "stall"):
            body = body[: len(body) // 2]
            self.close_connection = True
        server.sent += len(body)
        self.wfile.write(body)
        self.wfile.flush()
        if fault == "stall":
            server.held.set()
            server.release.wait(60)
        return None

    def refuse(self, status, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class FileServer(ThreadingHTTPServer):
    """Serves `folder`; `fault(path, nth request)` says what goes wrong with a request."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.turn = folder, threading.Lock()
        self.requested: dict[str, list[str | None]] = {}
        self.sent, self.fault = 0, lambda path, nth: ""
        self.held, self.release = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def stop(self) -> None:
        self.release.set()
        self.shutdown()
        self.thread.join()
        self.server_close()
