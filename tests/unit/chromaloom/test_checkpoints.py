import logging

import pytest

from workflow_scripts.chromaloom.ml.checkpoints import run_parts, write_parts


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
def test_a_killed_job_resumes_and_gives_the_same_results(tmp_path, threads):
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


def test_progress_has_the_number_of_parts_and_the_time_left(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="chromaloom")
    run_parts(parts([], number=3), folder=tmp_path / "p", fingerprint="f", every=0)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    assert all("s left" in line for line in lines)


def writers(calls, *, kill_at=None, number=4):
    def part(n):
        def run(text, copy):
            if n == kill_at:
                raise Killed
            calls.append(n)
            text.parent.mkdir(parents=True, exist_ok=True)
            text.write_text(f"part {n}")
            copy.write_text(f"copy {n}")

        return run

    return {f"p{n}": part(n) for n in range(number)}


def written(folder, parts, *, fingerprint="f", number=4):
    """Write parts; their files have the same names in two folders."""
    places = {key: [folder / key / f"{n}.txt" for n in range(number)] for key in ("text", "copy")}
    write_parts(parts, files=places, folder=folder / "kept", fingerprint=fingerprint)
    return {key: [path.read_text() for path in paths] for key, paths in places.items()}


def test_files_of_finished_parts_survive_a_kill_and_come_to_their_places_together(tmp_path):
    done, again = [], []
    with pytest.raises(Killed):
        written(tmp_path, writers(done, kill_at=2))
    assert done == [0, 1]
    assert not (tmp_path / "text").exists()
    assert written(tmp_path, writers(again)) == {
        "text": [f"part {n}" for n in range(4)],
        "copy": [f"copy {n}" for n in range(4)],
    }
    assert again == [2, 3]
    assert not (tmp_path / "kept").exists()


def test_files_of_another_job_are_made_anew(tmp_path):
    with pytest.raises(Killed):
        written(tmp_path, writers([], kill_at=3), fingerprint="old")
    calls = []
    written(tmp_path, writers(calls), fingerprint="new")
    assert calls == [0, 1, 2, 3]


def test_parts_may_be_added_after_a_kill(tmp_path):
    with pytest.raises(Killed):
        written(tmp_path, writers([], kill_at=2))
    calls = []
    found = written(tmp_path, writers(calls, number=6), number=6)
    assert calls == [2, 3, 4, 5]
    assert found["text"][5] == "part 5"
