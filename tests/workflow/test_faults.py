"""What a run survives: sudden death, a full disk, a second run, read-only input, odd names."""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLS = 20
# what differs between two runs that made the same: clocks, sizes of memory, and Keras' zip members
NOT_COMPARED = ("logs", "benchmarks", "report.html", "run.json", ".keras", "checkpoints")


def contents(folder: Path) -> dict[str, str]:
    """Checksum of each result, by its path; what carries a clock is left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        # hidden: checkpoints and turns of downloads
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not any(part in str(path.relative_to(folder)) for part in NOT_COMPARED)
    }


def finished_jobs(workflow) -> int:
    """Jobs that have ended well: each leaves a table of what it took."""
    return len(list(workflow.path("benchmarks").rglob("*.tsv")))


def test_killed_twenty_times_the_tables_are_those_of_an_undisturbed_run(finished, make_workflow):
    workflow, chance = make_workflow(), random.Random(1)
    jobs = finished_jobs(finished)
    # moments spread over the whole run, each somewhere within a job
    moments = sorted(chance.uniform(0, jobs - 1) for _ in range(KILLS))
    for moment in moments:
        pause = chance.uniform(0, 1)

        def ready(moment=moment, pause=pause):
            if finished_jobs(workflow) >= int(moment):
                time.sleep(pause)
                return True
            return False

        workflow.kill_when(ready, limit=900)
    workflow.run()
    expected, made = contents(finished.path("")), contents(workflow.path(""))
    assert len(expected) > 100
    assert made.keys() == expected.keys()
    assert [name for name in expected if made[name] != expected[name]] == []
    # the jobs that were run again have removed what the killed ones left
    left = [*workflow.path("").rglob(".scratch.*"), *workflow.path("").rglob(".part.*")]
    assert left == []


@contextlib.contextmanager
def small_disk(folder: Path, size: str):
    """A file system in memory of so many bytes; give a function that changes the size."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one: run as root")
    try:
        yield lambda size: subprocess.run(
            ["mount", "-o", f"remount,size={size}", str(folder)], check=True
        )
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_in_one_line_and_the_run_goes_on_after_space(finished, make_workflow):
    workflow = make_workflow()
    target = "results/small/deepchrome/metrics.tsv"
    with small_disk(workflow.path(""), "8m") as resize:
        said = workflow.run(target, ok=False)
        lines = [line for line in said.splitlines() if "no space left on the disk" in line]
        assert lines and all("what is finished stays" in line for line in lines), said[-4000:]
        assert "Traceback" not in said
        kept = {path: path.stat().st_mtime_ns for path in (workflow.path("world")).glob("*.gz")}
        assert kept
        resize("500m")
        workflow.run(target)
        # what was finished was not made again, and what was cut short left nothing behind
        assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
        made, expected = contents(workflow.path("")), contents(finished.path(""))
        assert made["deepchrome/metrics.tsv"] == expected["deepchrome/metrics.tsv"]
        assert [name for name in made if made[name] != expected[name]] == []


def test_a_second_run_in_the_same_folder_is_refused_and_the_first_goes_on(make_workflow):
    workflow = make_workflow()
    target = "results/small/align/mapping.tsv"
    with (workflow.folder / "first.log").open("w") as log:
        first = subprocess.Popen(
            workflow.command(target), cwd=workflow.folder, stdout=log, stderr=log
        )
        try:
            locks = workflow.folder / ".snakemake" / "locks"
            while not (locks.is_dir() and any(locks.iterdir())):
                assert first.poll() is None
                time.sleep(0.05)
            said = workflow.run(target, ok=False)
            assert "cannot be locked" in said and "--unlock" in said
            assert first.wait(timeout=300) == 0
        finally:
            first.kill()
    assert (workflow.folder / target).exists()


@pytest.fixture
def odd_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("odd") / "mit Leerzeichen, ü and 'quotes'"


def reads_of(finished, folder: Path, name: str) -> Path:
    """A demo sample's reads under a name of one's own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    shutil.copy(finished.path("world/fastq/Alpha_H3K4me3.fastq.gz"), path)
    return path


def own_data(finished, workflow, inputs: Path, reads: Path, **changes) -> None:
    """A config of one ChIP-seq sample, its genome and genes in a folder elsewhere."""
    for name in ("genome.fa.gz", "genes.gtf.gz"):
        shutil.copy(finished.path(f"world/{name}"), inputs)
    workflow.configure(
        papers=[], samples="s.tsv", runs="r.tsv",
        assemblies={"own": {"fasta": str(inputs / "genome.fa.gz"),
                            "gtf": str(inputs / "genes.gtf.gz")}}, **changes
    )  # fmt: skip
    text = "sample\tcell\tassay\ttarget\tassembly\nip\tA\tChIP-seq\tH3K4me3\town\n"
    (workflow.folder / "s.tsv").write_text(text)
    (workflow.folder / "r.tsv").write_text(f"run\tsample\tkind\tfile\nr1\tip\tfastq\t{reads}\n")


def test_paths_with_spaces_quotes_and_letters_of_other_tongues(finished, make_workflow, odd_folder):
    reads = reads_of(finished, odd_folder, "my reads ß.fastq.gz")
    workflow = make_workflow()
    own_data(finished, workflow, odd_folder, reads)
    # the workflow's own folder, too
    moved = odd_folder / "chroma loom"
    shutil.move(workflow.folder, moved)
    workflow.folder = moved
    workflow.run()
    assert workflow.path("align/ip.bam").stat().st_size > 10_000


@pytest.mark.parametrize("name", ["$(touch pwned).fastq.gz", "a;touch pwned;.fastq.gz", "`id`.fq"])
def test_shell_characters_in_a_file_name_are_inert(finished, make_workflow, tmp_path, name):
    reads = reads_of(finished, tmp_path, name)
    workflow = make_workflow()
    own_data(finished, workflow, tmp_path, reads)
    workflow.run("results/small/align/ip.bam")
    assert workflow.path("align/ip.bam").stat().st_size > 10_000
    assert not list(workflow.folder.rglob("pwned")) and not list(tmp_path.rglob("pwned"))


def test_nothing_is_written_beside_the_input(finished, make_workflow, tmp_path):
    reads = reads_of(finished, tmp_path / "in", "reads.fastq.gz")
    workflow = make_workflow()
    own_data(finished, workflow, tmp_path / "in", reads)
    before = {path: path.stat().st_mtime_ns for path in [tmp_path / "in", *reads.parent.iterdir()]}
    for path in before:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        # root may write anywhere: that nothing changed is what tells
        workflow.run()
    finally:
        (tmp_path / "in").chmod(0o755)
    after = {path: path.stat().st_mtime_ns for path in [tmp_path / "in", *reads.parent.iterdir()]}
    assert after == before


def test_an_interrupted_run_lets_its_jobs_clean_up(make_workflow):
    workflow = make_workflow()
    with (workflow.folder / "stopped.log").open("w") as log:
        process = subprocess.Popen(
            workflow.command(), cwd=workflow.folder, stdout=log, stderr=log, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        while finished_jobs(workflow) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=120) != 0
    left = [path for path in workflow.path("").rglob(".*") if path.is_file()]
    assert [path for path in left if path.name.split(".")[1].isdigit()] == []
    workflow.run("results/small/align/Alpha_H3K4me3.bam")  # no unlocking needed
