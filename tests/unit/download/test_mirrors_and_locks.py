"""Downloads: other addresses, lock files of first checksums, room on the disk, and the pace."""

import hashlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from faulty_server import CONTENT, message

from workflow_scripts.chromaloom.download import fetch_http
from workflow_scripts.chromaloom.download.download_lock import (
    COLUMNS,
    add_lock,
    find_lock,
    read_lock,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

SHA256 = hashlib.sha256(CONTENT).hexdigest()


def other(world, name="mirror"):
    """A second address of the same server."""
    return world.url.replace("/data/", f"/{name}/")


@pytest.mark.parametrize("fault", [[404], [500] * 3, ["truncate"] * 9])
def test_a_mirror_steps_in(get, world, fault):
    world.validator, world.script = None, list(fault)
    world.hosts = {"mirror": CONTENT}
    assert get(world.url, mirrors=(other(world),), attempts=3) == CONTENT
    assert world.paths[-1].startswith("/mirror/")


def test_a_mirror_steps_in_for_content_that_is_another_one(get, world):
    world.content = b"changed upstream"
    world.hosts = {"mirror": CONTENT}
    assert get(world.url, mirrors=(other(world),), sha256=SHA256) == CONTENT


def test_what_the_first_address_gave_is_resumed_at_the_mirror_and_verified(get, world):
    world.script = ["truncate", 404]
    assert get(world.url, mirrors=(other(world),), sha256=SHA256) == CONTENT
    assert int(re.fullmatch(r"bytes=(\d+)-", world.requests[-1]["Range"])[1]) > 0
    assert world.sent < 1.2 * len(CONTENT)


def test_without_a_checksum_nothing_is_pieced_together_from_two_addresses(get, world):
    world.script = ["truncate", 404]
    assert get(world.url, mirrors=(other(world),)) == CONTENT
    assert "Range" not in world.requests[-1]


def test_all_addresses_are_named_when_none_gives_the_file(get, world):
    world.script = [404, 410]
    with pytest.raises(UserError) as caught:
        get(world.url, mirrors=(other(world),))
    told = message(caught)
    assert f"{world.url}: the server refuses: HTTP 404" in told
    assert f"{other(world)}: the server refuses: HTTP 410" in told


def test_a_file_without_url_is_requested_and_used(get):
    with pytest.raises(UserError) as caught:
        get("manual:the reads of sample 7")
    told = message(caught)
    assert "the reads of sample 7" in told
    assert str(get.store / "reads.fastq.gz") in told
    (get.store / "reads.fastq.gz").write_bytes(CONTENT)
    assert get("manual:the reads of sample 7", sha256=SHA256) == CONTENT
    (get.store / "reads.fastq.gz").write_bytes(b"other")
    with pytest.raises(UserError, match="says"):
        get("manual:the reads of sample 8", sha256=SHA256)


def test_a_download_is_noted_with_size_sum_and_day(get, world):
    get(world.url)
    header, row = get.locks[1].read_text().splitlines()
    assert header.split("\t") == COLUMNS == ["url", "bytes", "sha256", "date"]
    url, size, sha256, date = row.split("\t")
    assert (url, int(size), sha256) == (world.url, len(CONTENT), SHA256)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", date)


def test_the_lock_kept_with_the_workflow_refuses_what_others_got_differently(get, world):
    add_lock(get.locks[0], world.url, size=7, sha256="0" * 64)
    with pytest.raises(UserError) as caught:
        get(world.url)
    assert f"{get.locks[0]} of 20" in message(caught)
    assert not get.out.exists()
    assert not get.locks[1].exists()


def test_the_sheet_s_checksum_wins_over_a_lock_and_is_fetched_once(get, world):
    add_lock(get.locks[0], world.url, size=7, sha256="0" * 64)
    assert get(world.url, sha256=SHA256) == CONTENT
    get.out.unlink()
    assert get(world.url, sha256=SHA256) == CONTENT
    assert len(world.requests) == 1


def test_a_lock_row_is_as_good_as_a_checksum_for_resuming(get, world):
    world.validator = None  # the server tells no versions
    add_lock(get.locks[0], world.url, size=len(CONTENT), sha256=SHA256)
    world.script = ["truncate"]
    assert get(world.url) == CONTENT
    assert world.sent < 1.2 * len(CONTENT)


def test_jobs_side_by_side_lose_no_row(tmp_path):
    path = tmp_path / "lock.tsv"

    def add(number):
        add_lock(path, f"https://host/{number}", size=number, sha256=f"{number:064x}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    found = read_lock(path)
    assert len(found) == 40
    assert found["https://host/17"].sha256 == f"{17:064x}"
    assert find_lock("https://host/17", [tmp_path / "none.tsv", path])[1] == str(path)


@pytest.mark.parametrize(
    "text", ["", "url\tsha256\n", "\t".join(COLUMNS) + "\nhttps://x\tmany\tzz\ttoday\n"]
)
def test_a_broken_lock_is_rejected_and_not_treated_as_empty(tmp_path, text):
    path = tmp_path / "lock.tsv"
    path.write_text(text)
    with pytest.raises(UserError, match="expected"):
        read_lock(path)


@pytest.fixture
def small_disk(monkeypatch):
    """Make the disk of all folders have so many bytes free."""

    def set_free(free):
        usage = SimpleNamespace(free=free)
        monkeypatch.setattr(fetch_http.shutil, "disk_usage", lambda folder: usage)

    return set_free


@pytest.mark.parametrize("known", [{}, {"bytes": len(CONTENT)}])
def test_a_download_that_would_fill_the_disk_does_not_start(get, world, small_disk, known):
    small_disk(len(CONTENT) - 1)
    with pytest.raises(UserError) as caught:
        get(world.url, mirrors=(other(world),), **known)
    told = message(caught)
    assert "needs 1.0 MB more" in told
    assert "the disk has 1.0 MB" in told
    # no other address would help, and a known size needs none at all
    assert len(world.requests) == (0 if known else 1)
    small_disk(len(CONTENT))
    assert get(world.url) == CONTENT


def test_room_to_spare_is_kept(get, world, small_disk):
    small_disk(len(CONTENT) + 2e6)
    with pytest.raises(UserError, match="3 MB to spare"):
        get(world.url, spare=3)
    assert get(world.url, spare=2) == CONTENT


def test_only_the_rest_of_a_file_needs_room(get, world, small_disk):
    small_disk(len(CONTENT))
    world.script = ["truncate", lambda _: small_disk(len(CONTENT) - world.piece + 70_000)]
    assert get(world.url) == CONTENT


def test_the_pace_is_kept(get, world):
    began = time.monotonic()
    assert get(world.url, rate=2) == CONTENT
    assert time.monotonic() - began > 0.9 * len(CONTENT) / 2e6
