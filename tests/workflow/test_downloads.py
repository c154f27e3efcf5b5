"""Downloads as part of runs: what a missing file blocks, resuming, changed files, the SRA."""

import hashlib
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from file_server import FileServer
from workflow_copy import error_lines

pytestmark = pytest.mark.slow
STUBS = Path(__file__).parents[1] / "unit" / "download"


@pytest.fixture
def serve(tmp_path):
    """Start a server of a folder."""
    servers = []

    def start(folder=tmp_path):
        servers.append(FileServer(folder))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def tables(make_workflow, serve, tmp_path):
    """A run that makes two cells' expression from tables at a server; a workflow and the server."""
    server = serve()
    for cell in "AB":
        lines = "".join(f"g{n}\t{n + ord(cell)}\n" for n in range(50_000))
        (tmp_path / f"{cell}.txt").write_text(lines)
    workflow = make_workflow()
    workflow.configure(
        papers=[], samples="s.tsv", runs="r.tsv", datasets="d.tsv", assemblies={},
        download={"pause": 0, "timeout": 20, "attempts": 3},
    )  # fmt: skip
    (workflow.folder / "s.tsv").write_text("sample\tcell\tassay\na\tA\tRNA-seq\nb\tB\tRNA-seq\n")
    runs = "".join(f"{c.lower()}\t{c.lower()}\tgene_counts\tdataset:{c}\n" for c in "AB")
    (workflow.folder / "r.tsv").write_text(f"run\tsample\tkind\tfile\n{runs}")
    rows = "".join(f"{c}\t{server.url(f'{c}.txt')}\n" for c in "AB")
    (workflow.folder / "d.tsv").write_text(f"dataset\turl\n{rows}")
    return workflow, server


def test_a_vanished_file_blocks_its_own_branch_alone(tables):
    workflow, server = tables
    server.fault = lambda path, nth: "gone" if path == "/B.txt" else ""
    line = workflow.refusal()
    assert line == f"dataset 'B': {server.url('B.txt')}: the server refuses: HTTP 404 Not Found"
    assert workflow.path("expression/A.tsv").stat().st_size > 0
    assert not workflow.path("expression/B.tsv").exists()
    server.fault = lambda path, nth: ""
    workflow.run()
    assert workflow.path("expression/B.tsv").stat().st_size > 0
    assert len(server.requested["/A.txt"]) == 1  # nothing was fetched twice


def test_a_killed_run_resumes_the_download_by_range(tables):
    workflow, server = tables
    server.fault = lambda path, nth: "stall" if nth == 1 and path == "/A.txt" else ""
    part = workflow.folder / "results/downloads/.store/A/A.txt.part"
    workflow.kill_when(
        lambda: server.held.is_set() and part.exists() and part.stat().st_size > 65_536,
        "results/small/expression/A.tsv",
    )
    server.release.set()
    workflow.run("results/small/expression/A.tsv")
    first, second = server.requested["/A.txt"]
    assert first is None
    assert int(re.fullmatch(r"bytes=(\d+)-", second)[1]) >= 65_536
    fetched = (workflow.folder / "results/downloads/A/A.txt").read_bytes()
    assert fetched == (server.folder / "A.txt").read_bytes()


def test_a_file_that_changed_upstream_is_refused_and_named(tables):
    workflow, server = tables
    workflow.run("results/small/expression/A.tsv")
    lock = workflow.folder / "results/downloads/downloads.lock.tsv"
    row = pd.read_csv(lock, sep="\t").iloc[0]
    content = (server.folder / "A.txt").read_bytes()
    assert (row.url, row.bytes) == (server.url("A.txt"), len(content))
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    # a colleague's clone has the lock file with it, and the server another content
    (workflow.folder / "resources/downloads.lock.tsv").write_text(lock.read_text())
    lock.unlink()
    for folder in ("A", ".store/A"):
        (workflow.folder / "results/downloads" / folder / "A.txt").unlink()
    workflow.path("expression/A.tsv").unlink()
    (server.folder / "A.txt").write_bytes(content.replace(b"g1\t", b"h1\t"))
    line = workflow.refusal("results/small/expression/A.tsv")
    assert "the content changed since its first download; resources/downloads.lock.tsv of" in line


@pytest.mark.parametrize("accession", ["sra:SRR000001", "sra:GSM2645434"])
def test_reads_of_the_sra_are_planned_by_run_and_no_other_accession(make_workflow, accession):
    workflow = make_workflow()
    (workflow.folder / "g.fa").write_text(">chr1\nACGT\n")
    (workflow.folder / "g.gtf").write_text('chr1\tx\texon\t1\t4\t.\t+\t.\tgene_id "g";\n')
    workflow.configure(
        papers=[],
        samples="s.tsv",
        runs="r.tsv",
        assemblies={"t": {"fasta": "g.fa", "gtf": "g.gtf"}},
    )
    samples = "sample\tcell\tassay\ttarget\tassembly\nip\tA\tChIP-seq\tH3K4me3\tt\n"
    (workflow.folder / "s.tsv").write_text(samples)
    runs = f"r1\tip\tfastq\t{accession}_1\t{accession}_2\n"
    (workflow.folder / "r.tsv").write_text(f"run\tsample\tkind\tfile\tfile2\n{runs}")
    if accession.endswith("GSM2645434"):
        output = workflow.run(options=("--dry-run",), ok=False)
        assert "expected: sra:SRR0123456" in output
        return
    jobs = workflow.jobs()
    assert (jobs["prefetch_sra"], jobs["dump_sra_mates"]) == (1, 1)
    assert "dump_sra" not in jobs


def test_reads_of_the_sra_are_fetched_and_dumped(make_workflow, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(STUBS))
    import sra_stubs

    sra_stubs.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setenv("STUBS", str(tmp_path))
    monkeypatch.setenv("SPOTS", "100")
    monkeypatch.setenv("FILES", "_1=100 _2=90")
    workflow = make_workflow()
    mates = [f"results/downloads/sra/SRR000001_{n}.fastq.gz" for n in (1, 2)]
    output = workflow.run(*mates, ok=False)
    assert any(
        "SRR000001: 100 first mates and 90 second mates" in line for line in error_lines(output)
    )
    assert not (workflow.folder / mates[0]).exists()
    monkeypatch.setenv("FILES", "_1=100 _2=100")
    workflow.run(*mates)
    assert all((workflow.folder / mate).stat().st_size for mate in mates)
    assert not (workflow.folder / "results/downloads/sra/archives/SRR000001").exists()
