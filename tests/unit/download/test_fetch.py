"""Downloads: what is accepted, what is kept, and the ways that are not HTTP."""

import hashlib
import socket
import threading

import pytest
from faulty_server import CONTENT, message

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.download import download_dataset


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_local_file_is_copied(get, tmp_path, form):
    source = tmp_path / "source.gz"
    source.write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert get(form.format(path=source), sha256=sha256, bytes=len(CONTENT)) == CONTENT
    assert source.exists()


def test_missing_local_file_is_reported(get, tmp_path):
    with pytest.raises(UserError) as caught:
        get(str(tmp_path / "absent.gz"))
    assert "no such file" in message(caught)


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
    assert "changed since its first download" in message(caught)
    assert "downloads.lock.tsv" in message(caught)
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
def test_unusable_url_is_rejected(get, url):
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
    assert f"{len(CONTENT)} of {len(CONTENT) + 7} bytes received" in message(caught)


def test_rule_takes_the_sheets_cells(world, tmp_path):
    out = tmp_path / "d" / "reads" / "reads.gz"
    policy = {"attempts": 2, "timeout": 5, "pause": 0}
    places = {"store": str(tmp_path / "s"), "locks": [tmp_path / "lock.tsv"]}
    cells = {"size": str(len(CONTENT)), "md5": "", "sha256": "", "mirror": ""}
    download_dataset.main(
        dataset="reads", url=world.url, out=str(out), policy=policy, **cells, **places
    )
    assert out.read_bytes() == CONTENT
