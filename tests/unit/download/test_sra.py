"""Reads from the SRA: fetched, dumped, and refused where they are not all of the run."""

import gzip
import os

import pytest
import sra_stubs

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.download import dump_sra, prefetch_sra
from workflow_scripts.download.sra_counts import spots_of

RUN = "SRR000001"


@pytest.fixture
def toolkit(tmp_path, monkeypatch):
    """Put the stand-ins on the PATH; give a function that says how they behave."""
    sra_stubs.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STUBS", str(tmp_path))

    def behave(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, str(value))

    return behave


@pytest.fixture
def prefetch(tmp_path):
    def run(attempts=3):
        out = tmp_path / "sra" / "archives" / RUN
        prefetch_sra.main(
            run=RUN, store=str(tmp_path / "store"), attempts=attempts, pause=0, out=str(out)
        )
        return out

    return run


@pytest.fixture
def dump(tmp_path):
    def run(*suffixes):
        archive = tmp_path / RUN
        archive.mkdir(exist_ok=True)
        outs = [tmp_path / "sra" / f"{RUN}{suffix}.fastq.gz" for suffix in suffixes]
        dump_sra.main(run=RUN, archive=str(archive), threads=2, outs=list(map(str, outs)))
        return [gzip.decompress(out.read_bytes()).decode().splitlines() for out in outs]

    return run


def test_an_archive_is_fetched(toolkit, prefetch, tmp_path):
    out = prefetch()
    assert (out / f"{RUN}.sra").read_text() == "archive"
    assert (tmp_path / "prefetched").read_text() == "1"


def test_prefetch_is_tried_again(toolkit, prefetch, tmp_path):
    toolkit(FAIL_PREFETCH=2)
    assert prefetch().is_dir()
    assert (tmp_path / "prefetched").read_text() == "3"


@pytest.mark.parametrize(
    ("fault", "words"),
    [({"FAIL_PREFETCH": 9}, "timeout exhausted"), ({"DAMAGED": 1}, "checksums do not match")],
)
def test_giving_up_reports_the_tool_s_error(toolkit, prefetch, tmp_path, fault, words):
    toolkit(**fault)
    with pytest.raises(UserError, match=words) as caught:
        prefetch(attempts=2)
    assert RUN in str(caught.value)
    assert not (tmp_path / "sra").exists()


def test_a_missing_toolkit_is_reported_at_once(prefetch, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="install sra-tools"):
        prefetch()


def test_mates_are_dumped_and_those_alone_left_out(toolkit, dump):
    toolkit(SPOTS=1005, FILES="_1=1000 _2=1000 single=5")
    first, second = dump("_1", "_2")
    assert len(first) == len(second) == 4000
    assert first[-4] == f"@{RUN}.999"


def test_single_reads_are_dumped_with_the_same_bytes_each_time(toolkit, dump, tmp_path):
    toolkit(SPOTS=7, FILES="single=7")
    assert len(dump("")[0]) == 28
    before = (tmp_path / "sra" / f"{RUN}.fastq.gz").read_bytes()
    dump("")
    assert (tmp_path / "sra" / f"{RUN}.fastq.gz").read_bytes() == before


TRUNCATED = {
    "fewer spots read": ({"SPOTS_READ": 60}, "read 60 spots, the archive has 100"),
    "fewer reads in the files": ({"WRITTEN": 200, "FILES": "_1=100 _2=90"}, "files have 190"),
    "a last line cut": ({"CUT": 3}, "truncated"),
    "whole lines cut": ({"CUT": 5}, "truncated"),
    "a whole read cut": ({"CUT": len(f"@{RUN}.99\nACGT\n+\nIIII\n")}, "truncated"),
    "mates of unequal number": ({"FILES": "_1=100 _2=99", "SPOTS": 100}, "100 first mates and 99"),
    "no report": ({"SILENT": 1}, "does not say how many"),
    "an empty run": ({"FILES": ""}, "has single reads|wrote no"),
}


@pytest.mark.parametrize("case", TRUNCATED)
def test_a_truncated_dump_is_refused_and_leaves_nothing(toolkit, dump, tmp_path, case):
    fault, words = TRUNCATED[case]
    toolkit(**{"SPOTS": 100, "FILES": "_1=100 _2=100", **fault})
    with pytest.raises(UserError, match=words) as caught:
        dump("_1", "_2")
    assert RUN in str(caught.value) or "fastq" in str(caught.value)
    assert not list((tmp_path / "sra").iterdir())


@pytest.mark.parametrize(
    ("files", "asked", "words"),
    [
        ("_1=4 _2=4", [""], f"sra:{RUN}_1 and sra:{RUN}_2"),
        ("single=4", ["_1", "_2"], "single reads"),
    ],
)
def test_another_layout_than_the_sheet_s_is_rejected(toolkit, dump, files, asked, words):
    toolkit(SPOTS=4, FILES=files)
    with pytest.raises(UserError, match=words):
        dump(*asked)


@pytest.mark.parametrize("xml", ["", "<Run/>", '<Run spot_count="x"/>', "error: no such run"])
def test_an_archive_without_a_number_of_spots_is_refused(xml):
    with pytest.raises(UserError, match="no number of spots"):
        spots_of(xml, RUN)


def test_reads_that_the_toolkit_did_not_write_are_named():
    with pytest.raises(UserError, match=rf"{RUN}.*{RUN}\.fastq"):
        dump_sra.wanted_files(RUN, [f"{RUN}_1.fastq"], 1)


def test_an_archive_that_prefetch_did_not_leave_is_named(monkeypatch, prefetch):
    monkeypatch.setattr(prefetch_sra, "run_tool", lambda command, run: "")
    with pytest.raises(UserError, match=RUN):
        prefetch()
