"""Downloads that a server cuts, refuses or changes on the way."""

import hashlib
import re
import socket

import pytest
from faulty_server import CONTENT, message

from workflow_scripts.chromaloom.workflow.errors import UserError


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
