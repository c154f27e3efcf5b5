"""Downloads against a local server that misbehaves in the ways that servers do."""

import hashlib
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workflow_scripts.chromaloom.errors import UserError
from workflow_scripts.chromaloom.fetch import Dataset, fetch
from workflow_scripts.download import download_dataset

CONTENT = bytes(range(256)) * 4000  # about 1 MB: several reads of the client


class Handler(BaseHTTPRequestHandler):
    """Answers by the server's script, one step per request; after the script's end correctly."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        world = self.server.world
        world.requests.append(dict(self.headers))
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
        self.piece, self.extra = len(CONTENT) // 2, {}
        self.release = threading.Event()

    def headers(self):
        return {self.validator: self.version, **self.extra} if self.validator else self.extra

    def change(self, content):
        """A script's step: the file becomes another one, as the client will see."""

        def step(_):
            self.content, self.version = content, '"v2"'

        return step


@pytest.fixture
def world():
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.world, server.daemon_threads = world, True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    world.url = f"http://127.0.0.1:{server.server_port}/data/reads.fastq.gz"
    yield world
    world.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def get(tmp_path):
    """Fetch a URL into the test's folder; gives the bytes that came."""

    def run(url, *, timeout=5.0, attempts=3, **expected):
        dataset = Dataset("reads", url, **expected)
        out = tmp_path / "downloads" / "reads" / "reads.fastq.gz"
        settings = {"store": tmp_path / "store", "attempts": attempts, "timeout": timeout}
        fetch(dataset, out, pause=0, **settings)
        return out.read_bytes()

    run.out = tmp_path / "downloads" / "reads" / "reads.fastq.gz"
    run.store = tmp_path / "store"
    return run


def message(caught):
    text = str(caught.value)
    assert "\n" not in text
    assert "reads" in text
    return text


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_local_file_is_copied(get, tmp_path, form):
    source = tmp_path / "source.gz"
    source.write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert get(form.format(path=source), sha256=sha256, bytes=len(CONTENT)) == CONTENT
    assert source.exists()


def test_missing_local_file_is_told(get, tmp_path):
    with pytest.raises(UserError) as caught:
        get(str(tmp_path / "absent.gz"))
    assert "no such file" in message(caught)


def test_http_gives_the_bytes_as_they_lie_there(get, world):
    # a .gz that the server declares as encoded must not be unpacked on the way
    world.extra = {"Content-Encoding": "gzip"}
    assert get(world.url) == CONTENT
    assert world.requests[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
@pytest.mark.parametrize("fault", ["truncate", "stall"])
def test_cut_download_is_resumed_without_fetching_a_byte_twice(get, world, fault, validator):
    world.validator, world.script = validator, [fault]
    assert get(world.url, timeout=0.3) == CONTENT
    first, second = world.requests
    assert "Range" not in first
    # what the client kept of the first piece may be less than what was sent
    kept = int(re.fullmatch(r"bytes=(\d+)-", second["Range"])[1])
    assert 0 < kept <= world.piece
    assert second["If-Range"] == '"v1"'
    assert world.sent == world.piece + len(CONTENT) - kept


def test_attempts_that_go_further_are_no_failures(get, world):
    world.script, world.piece = ["truncate"] * 9, len(CONTENT) // 10
    assert get(world.url, attempts=2) == CONTENT


def test_server_that_always_cuts_at_the_same_place_is_given_up(get, world):
    world.validator, world.script = None, ["truncate"] * 50  # no version: never resumed
    with pytest.raises(UserError) as caught:
        get(world.url, attempts=3)
    assert "given up after 3 attempts" in message(caught)
    assert len(world.requests) <= 5
    assert not get.out.exists()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_final_refusal_is_not_repeated(get, world, status):
    world.script = [status] * 5
    with pytest.raises(UserError) as caught:
        get(world.url)
    assert str(status) in message(caught)
    assert world.url in message(caught)
    assert len(world.requests) == 1


def test_passing_refusals_are_repeated(get, world):
    world.script = [500, 503, 429]
    assert get(world.url, attempts=4) == CONTENT
    assert len(world.requests) == 4


def test_giving_up_names_what_and_how_often(get, world):
    world.script = [500] * 10
    with pytest.raises(UserError) as caught:
        get(world.url, attempts=4)
    assert "4 attempts" in message(caught)
    assert "HTTP 500" in message(caught)
    assert len(world.requests) == 4
    assert not get.out.exists()


def test_unreachable_server_is_given_up(get):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UserError) as caught:
        get(f"http://127.0.0.1:{port}/reads.gz", attempts=2)
    assert "given up after 2" in message(caught)


def test_ignored_range_starts_from_the_first_byte(get, world):
    world.script = ["truncate", "no ranges"]
    assert get(world.url) == CONTENT


@pytest.mark.parametrize("server", ["ok", "no if-range"])
@pytest.mark.parametrize("length", [len(CONTENT), len(CONTENT) + 5, 1000])
def test_changed_content_is_never_mixed(get, world, server, length):
    new = hashlib.sha256(b"new").digest() * (length // 32 + 1)
    new = new[:length]
    change = world.change(new)
    world.script = ["truncate", lambda w: change(w) or server]
    assert get(world.url) == new


def test_part_that_was_complete_is_accepted(get, world):
    get.store.mkdir()
    part = get.store / "reads.fastq.gz.part"
    part.write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert get(world.url, sha256=sha256) == CONTENT
    assert world.sent == 0


def test_part_longer_than_the_file_is_dropped(get, world):
    get.store.mkdir()
    (get.store / "reads.fastq.gz.part").write_bytes(CONTENT + b"more")
    assert get(world.url, sha256=hashlib.sha256(CONTENT).hexdigest()) == CONTENT


def test_part_with_damage_is_fetched_again(get, world):
    get.store.mkdir()
    (get.store / "reads.fastq.gz.part").write_bytes(b"x" * 1000)
    assert get(world.url, md5=hashlib.md5(CONTENT).hexdigest()) == CONTENT


@pytest.mark.parametrize(("key", "value"), [("bytes", 3), ("md5", "0" * 32), ("sha256", "0" * 64)])
def test_other_content_than_expected_is_refused(get, world, key, value):
    with pytest.raises(UserError) as caught:
        get(world.url, **{key: value})
    assert f"the sheet says {value}" in message(caught)
    assert not get.out.exists()
    assert len(world.requests) == 1


def test_empty_file_is_refused(get, world):
    world.content = b""
    with pytest.raises(UserError, match="empty"):
        get(world.url)


def test_second_fetch_needs_no_network(get, world):
    get(world.url)
    get.out.unlink()  # as a workflow does before it runs a rule again
    world.script = [404]
    assert get(world.url) == CONTENT
    assert len(world.requests) == 1


def test_damaged_store_is_fetched_again(get, world):
    get(world.url)
    kept = get.store / "reads.fastq.gz"
    kept.unlink()
    kept.write_bytes(b"damaged")
    assert get(world.url) == CONTENT


def test_first_download_locks_the_content(get, world):
    get(world.url)
    (get.store / "reads.fastq.gz").unlink()
    world.content = CONTENT + b"more"
    with pytest.raises(UserError) as caught:
        get(world.url)
    assert "changed since the first download" in message(caught)
    assert "lock.json" in message(caught)
    # a checksum in the sheet says what is wanted, so it wins over the lock
    assert get(world.url, sha256=hashlib.sha256(world.content).hexdigest()) == world.content


def test_another_url_is_another_file(get, world):
    get(world.url)
    world.content = b"other"
    assert get(world.url + "?v=2") == b"other"


def test_downloads_are_read_only(get, world):
    get(world.url)
    assert get.out.stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("url", ["s3://bucket/key", "http://"])
def test_unusable_url_is_told(get, url):
    with pytest.raises(UserError) as caught:
        get(url)
    assert url in message(caught)


def serve_ftp(listener, data, refuse, cut):
    """Speak as much FTP as urllib needs, for one connection; `cut` bytes short."""
    control, _ = listener.accept()
    with control, control.makefile("rw", newline="") as talk, socket.socket() as data_listener:
        data_listener.bind(("127.0.0.1", 0))
        data_listener.listen(1)

        def say(text):
            talk.write(text + "\r\n")
            talk.flush()

        say("220 ready")
        for line in talk:
            verb = line.split()[0].upper()
            if verb == "EPSV":
                say(f"229 Passive (|||{data_listener.getsockname()[1]}|)")
            elif verb == "PASV":
                high, low = divmod(data_listener.getsockname()[1], 256)
                say(f"227 Passive (127,0,0,1,{high},{low})")
            elif verb == "RETR" and refuse:
                say("550 no such file")
            elif verb == "RETR":
                with data_listener.accept()[0] as channel:
                    say(f"150 sending ({len(data)} bytes)")
                    channel.sendall(data)
                say("226 done")
            elif verb == "SIZE":
                say("502 unknown" if cut is None else f"213 {len(data) + cut}")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say({"USER": "331 password", "PASS": "230 in"}.get(verb, "200 fine"))


@pytest.fixture
def ftp():
    """Start an FTP server for so many connections; gives the URL of its file."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        threads = []

        def serve(connections, refuse, cut):
            for _ in range(connections):
                serve_ftp(listener, CONTENT, refuse, cut)

        def start(connections=1, refuse=False, cut=0):
            thread = threading.Thread(target=serve, args=(connections, refuse, cut))
            thread.start()
            threads.append(thread)
            return f"ftp://127.0.0.1:{listener.getsockname()[1]}/pub/reads.gz"

        yield start
        for thread in threads:
            thread.join(5)


def test_ftp_gives_the_file(get, ftp):
    assert get(ftp()) == CONTENT


def test_ftp_refusal_is_final(get, ftp):
    with pytest.raises(UserError) as caught:
        get(ftp(refuse=True))
    assert "550" in message(caught)


def test_ftp_that_ends_early_is_no_download(get, ftp):
    with pytest.raises(UserError) as caught:
        # the first attempt goes further than none, so it is not yet the failure
        get(ftp(connections=2, cut=7), attempts=1)
    assert f"{len(CONTENT)} of {len(CONTENT) + 7} bytes came" in message(caught)


def test_rule_takes_the_sheets_cells(world, tmp_path):
    out = tmp_path / "d" / "reads" / "reads.gz"
    settings = {"attempts": 2, "timeout": 5, "pause": 0, "store": str(tmp_path / "s")}
    cells = {"size": str(len(CONTENT)), "md5": "", "sha256": ""}
    download_dataset.main(dataset="reads", url=world.url, out=str(out), **cells, **settings)
    assert out.read_bytes() == CONTENT
