"""Files under construction: gone at the end, and replaced where a killed job left them."""

from pathlib import Path

import pytest

from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder


def test_a_file_has_its_name_when_it_is_whole_alone(tmp_path):
    out = tmp_path / "new" / "table.tsv"
    with pytest.raises(ZeroDivisionError), atomic_path(out) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert list(out.parent.iterdir()) == []
    with atomic_path(out) as part:
        part.write_text("whole")
        assert part.suffix == out.suffix and not out.exists()
    assert out.read_text() == "whole"
    assert list(out.parent.iterdir()) == [out]


def test_what_a_killed_job_left_is_removed_by_the_next(tmp_path):
    out = tmp_path / "reads.bam"
    # as if killed: neither ends
    part, folder = atomic_path(out), scratch_folder(out)
    part.__enter__().write_text("of the killed one")
    (tmp_path / ".scratch.reads.bam").mkdir()
    (tmp_path / ".scratch.reads.bam" / "sort.0001").write_text("of the killed one")
    assert len(list(tmp_path.iterdir())) == 2
    with folder as empty, atomic_path(out) as fresh:
        assert list(Path(empty).iterdir()) == [] and not fresh.exists()
        fresh.write_text("whole")
    assert list(tmp_path.iterdir()) == [out]


def test_scratch_is_removed_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), scratch_folder(tmp_path / "deep" / "out.tsv") as folder:
        (tmp_path / "deep" / folder / "file").write_text("half")
        raise ZeroDivisionError
    assert list((tmp_path / "deep").iterdir()) == []
