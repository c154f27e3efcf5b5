import os
import time
from pathlib import Path

import pytest

from workflow_scripts.chromaloom.workflow import tools


def test_messages_reach_the_log_and_failures_their_words(caplog):
    caplog.set_level("INFO", logger="chromaloom")
    assert tools.run_logged(["sh", "-c", "echo fine"]) == 0
    assert "sh: fine" in caplog.text
    with pytest.raises(RuntimeError, match=r"sh ended with status 3: .*broken"):
        tools.run_logged(["sh", "-c", "echo broken >&2; exit 3"])
    assert tools.run_logged(["sh", "-c", "exit 3"], allowed=(0, 3)) == 3


def test_pipeline_carries_bytes(tmp_path):
    commands = [["sh", "-c", "printf 'b\\na\\n'"], ["sort"]]
    with tools.pipeline(commands, tmp_path) as (stream, pids):
        assert stream.read() == b"a\nb\n"
    assert len(pids) == 2


@pytest.mark.parametrize("place", [0, 1, 2])
def test_failure_anywhere_in_a_pipeline_is_reported(tmp_path, place):
    commands = [["sh", "-c", "echo x"], ["cat"], ["cat"]]
    commands[place] = ["sh", "-c", "cat >/dev/null; echo why >&2; exit 5"]
    with (
        pytest.raises(RuntimeError, match="sh -c ended with status 5: why"),
        tools.pipeline(commands, tmp_path) as (stream, _),
    ):
        stream.read()


def test_error_in_the_block_stops_the_tools_and_is_raised(tmp_path):
    began = time.monotonic()
    with (
        pytest.raises(KeyError),
        tools.pipeline([["sleep", "60"], ["cat"]], tmp_path) as (_, pids),
    ):
        raise KeyError("mine")
    assert time.monotonic() - began < 10
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_failed_tool_explains_an_error_in_the_block(tmp_path):
    """A reader chokes on what a dying tool left: the tool is the cause, not the reader."""
    commands = [["sh", "-c", "echo 'no index' >&2; exit 1"]]
    with (
        pytest.raises(RuntimeError, match="no index"),
        tools.pipeline(commands, tmp_path) as (stream, _),
    ):
        stream.read()
        raise ValueError("file is empty")


def test_ticking_reports_until_the_block_ends():
    seconds = []
    with tools.ticking(seconds.append, seconds=0.02):
        time.sleep(0.2)
    count = len(seconds)
    assert count >= 2
    assert seconds == sorted(seconds)
    time.sleep(0.1)
    assert len(seconds) == count


@pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="needs Linux's /proc")
def test_share_read_is_that_of_the_reader_and_its_children(tmp_path):
    files = [tmp_path / "one", tmp_path / "two"]
    for path in files:
        path.write_bytes(bytes(1000))
    names = list(map(str, files))
    # a child of a child holds the second file open after 500 bytes
    script = f"( dd bs=500 count=1 of=/dev/null 2>/dev/null; echo ready; read x ) < {files[1]}"
    shares = []
    commands = [["sh", "-c", script + "; true"], ["cat"]]
    with tools.pipeline(commands, tmp_path) as (stream, pids):
        stream.readline()
        shares.append(tools.share_read(os.getpid(), names))
        assert tools.share_read(pids[1], names) is None
        assert stream.read() == b""
    assert shares[0] is None or shares[0] >= 0.75
    with files[0].open("rb", buffering=0) as handle:
        handle.read(250)
        assert tools.share_read(os.getpid(), names) == 0.125
