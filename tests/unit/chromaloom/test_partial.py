import logging

import pytest

from workflow_scripts.chromaloom.partial import run_parts


class Killed(BaseException):
    """Stands for a kill."""


def parts(calls, *, kill_at=None, number=6):
    def part(n):
        def run():
            if n == kill_at:
                raise Killed
            calls.append(n)
            return {"third": n / 3, "name": str(n)}

        return run

    return {f"p{n}": part(n) for n in range(number)}


@pytest.mark.parametrize("threads", [1, 3])
def test_a_killed_job_goes_on_and_ends_with_the_same_results(tmp_path, threads):
    whole = run_parts(parts([]), folder=tmp_path / "w", fingerprint="f", threads=threads)
    done, again = [], []
    with pytest.raises(Killed):
        run_parts(parts(done, kill_at=4), folder=tmp_path / "b", fingerprint="f", threads=threads)
    assert {0, 1, 2} <= set(done)
    resumed = run_parts(parts(again), folder=tmp_path / "b", fingerprint="f", threads=threads)
    assert resumed == whole
    assert list(resumed) == [f"p{n}" for n in range(6)]
    assert 4 in again
    if threads == 1:
        assert again == [4, 5]
    assert not (tmp_path / "b").exists()


def test_results_of_another_job_are_not_used(tmp_path):
    with pytest.raises(Killed):
        run_parts(parts([], kill_at=5), folder=tmp_path, fingerprint="old")
    calls = []
    run_parts(parts(calls), folder=tmp_path, fingerprint="new")
    assert calls == [0, 1, 2, 3, 4, 5]


def test_progress_tells_how_many_and_the_time_left(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="chromaloom")
    run_parts(parts([], number=3), folder=tmp_path / "p", fingerprint="f", every=0)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    assert all("s left" in line for line in lines)
