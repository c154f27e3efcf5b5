"""A local server that misbehaves in the ways that servers do."""

import re
import threading
from http.server import BaseHTTPRequestHandler

CONTENT = bytes(range(256)) * 4000  # about 1 MB: several reads of the client


class Handler(BaseHTTPRequestHandler):
    """Answers by the server's script, one step per request; after the script's end correctly."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        world = self.server.world
        world.requests.append(dict(self.headers))
        world.paths.append(self.path)
        host = self.path.split("/")[1]
        if host in world.hosts:  # another address, which works
            world.script, world.content = [], world.hosts[host]
        step = world.script.pop(0) if world.script else "ok"
        if callable(step):
            step = step(world) or "ok"
        if isinstance(step, int):
            self.send_response(step)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = self.first_byte(world, step)
        if start is None:
            return
        body = world.content[start:]
        self.send_response(206 if start else 200)
        if start:
            last = len(world.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(world.content)}")
        for name, value in world.headers().items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if step in ("truncate", "stall"):
            body = body[: world.piece]
        world.sent += len(body)
        self.wfile.write(body)
        self.wfile.flush()
        if step == "stall":
            world.release.wait(10)
        if step in ("truncate", "stall"):
            self.close_connection = True

    def first_byte(self, world, step):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, world.version)
        if not asked or step == "no ranges" or not (same or step == "no if-range"):
            return 0
        start = int(asked[1])
        if start < len(world.content):
            return start
        self.send_response(416)
        self.send_header("Content-Range", f"bytes */{len(world.content)}")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def log_message(self, *args):
        pass


class World:
    """What the server has, how it will behave, and what it was asked."""

    def __init__(self):
        self.content, self.version, self.validator = CONTENT, '"v1"', "ETag"
        self.script, self.requests, self.sent = [], [], 0
        self.paths, self.hosts = [], {}
        self.piece, self.extra = len(CONTENT) // 2, {}
        self.release = threading.Event()

    def headers(self):
        return {self.validator: self.version, **self.extra} if self.validator else self.extra

    def change(self, content):
        """A script's step: the file becomes another one, as the client will see."""

        def step(_):
            self.content, self.version = content, '"v2"'

        return step


def message(caught):
    text = str(caught.value)
    assert "\n" not in text
    assert "reads" in text
    return text
