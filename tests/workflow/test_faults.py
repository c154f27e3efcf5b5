"""What a run survives: kills, a full disk, a second run, read-only input, odd names."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("small run")]

# how often the disturbed run is killed; more find rarer moments, and each costs two starts
KILLS = int(os.environ.get("CHROMALOOM_KILLS", "6"))
WEIGHTS = "results/small/deepchrome/models/Alpha/deepchrome.seed1.keras"
PREDICTIONS = "results/small/deepchrome/predictions/Alpha.deepchrome.tsv.gz"
# what differs between two equal runs: clocks, sizes of memory, and Keras' zip members
NOT_COMPARED = ("logs", "benchmarks", "report.html", "run.json", ".keras", "checkpoints")


def contents(folder: Path) -> dict[str, str]:
    """Checksum of each result, by its path; files that contain a time are left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        # hidden: checkpoints and locks of downloads
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not any(part in str(path.relative_to(folder)) for part in NOT_COMPARED)
    }


def finished_jobs(workflow) -> int:
    """Number of jobs that have ended well: each leaves a benchmark table."""
    return len(list(workflow.path("benchmarks").rglob("*.tsv")))


def modified(paths) -> dict[Path, int]:
    """Time of modification of each file or folder."""
    return {path: path.stat().st_mtime_ns for path in paths}


# --- one run, disturbed several times -------------------------------------------------------------
@pytest.fixture(scope="module")
def disturbed(make_workflow):
    """A copy with nothing made, its results on a small disk where the user may mount one.

    `resize(size)` changes the size of the disk; it is None without the right to mount.
    """
    workflow = make_workflow()
    folder = workflow.path("")
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def resize(size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)

    workflow.resize = resize if mounted else None
    yield workflow
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_reported_in_one_line_and_the_run_goes_on_after_space(finished, disturbed):
    if not disturbed.resize:
        pytest.skip("a small disk needs the right to mount one: run as root")
    output = disturbed.run(ok=False)
    lines = [line for line in output.splitlines() if "no space left on the disk" in line]
    assert lines and all("finished outputs are kept" in line for line in lines), output[-4000:]
    assert "Traceback" not in output
    kept = modified(disturbed.path("world").glob("*.gz"))
    assert kept
    disturbed.resize("500m")
    disturbed.run("results/small/align/mapping.tsv")
    assert modified(kept) == kept
    expected, made = contents(finished.path("")), contents(disturbed.path(""))
    assert "align/mapping.tsv" in made
    assert [name for name in made if made[name] != expected[name]] == []


def test_a_run_killed_many_times_ends_with_the_files_of_an_undisturbed_run(finished, disturbed):
    if disturbed.resize:
        disturbed.resize("500m")
    chance = random.Random(1)
    # moments spread over the rest of the run, each somewhere within a job
    bounds = finished_jobs(disturbed), finished_jobs(finished) - 1
    for moment in sorted(chance.uniform(*bounds) for _ in range(KILLS)):
        pause = chance.uniform(0, 1)

        def ready(moment=moment, pause=pause):
            if finished_jobs(disturbed) >= int(moment):
                time.sleep(pause)
                return True
            return False

        disturbed.kill_when(ready, limit=900)
    disturbed.run()
    expected, made = contents(finished.path("")), contents(disturbed.path(""))
    assert len(expected) > 100
    assert made.keys() == expected.keys()
    assert [name for name in expected if made[name] != expected[name]] == []
    assert disturbed.weights(WEIGHTS) == finished.weights(WEIGHTS)
    # the jobs that were run again have removed what the killed ones left
    folder = disturbed.path("")
    assert [*folder.rglob(".scratch.*"), *folder.rglob(".part.*")] == []


# --- other runs -----------------------------------------------------------------------------------
def test_a_second_run_in_the_same_folder_is_refused_and_the_first_goes_on(clone):
    for file in (WEIGHTS, PREDICTIONS):
        (clone.folder / file).unlink()
    first = clone.start(PREDICTIONS, log=clone.folder / "first.log")
    try:
        locks = clone.folder / ".snakemake" / "locks"
        while not (locks.is_dir() and any(locks.iterdir())):
            assert first.poll() is None
            time.sleep(0.05)
        output = clone.run(PREDICTIONS, ok=False)
        assert "cannot be locked" in output and "--unlock" in output
        assert first.wait(timeout=300) == 0
    finally:
        first.kill()
    assert (clone.folder / PREDICTIONS).exists()


def test_an_interrupted_run_lets_its_jobs_clean_up(make_workflow):
    workflow = make_workflow()
    process = workflow.start(
        log=workflow.folder / "stopped.log",
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while finished_jobs(workflow) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=120) != 0
    hidden = [path for path in workflow.path("").rglob(".*") if path.is_file()]
    assert [path for path in hidden if path.name.split(".")[1].isdigit()] == []
    workflow.run("results/small/align/Alpha_H3K4me3.bam")  # no unlocking needed


# --- odd names and places of the input ------------------------------------------------------------
SAMPLES = {
    "letters": "my reads ß.fastq.gz",
    "command": "$(touch pwned).fastq.gz",
    "semicolon": "a;touch pwned;.fastq.gz",
    "backtick": "`touch pwned`.fq",
}


@pytest.fixture(scope="module")
def odd(finished, make_workflow, tmp_path_factory):
    """A run on read-only input files with odd names, in a folder with an odd name."""
    base = tmp_path_factory.mktemp("odd") / "mit Leerzeichen, ü and 'quotes'"
    inputs = base / "in"
    inputs.mkdir(parents=True)
    workflow = make_workflow()
    for name in ("genome.fa.gz", "genes.gtf.gz"):
        shutil.copy(finished.path(f"world/{name}"), inputs)
    for file in SAMPLES.values():
        shutil.copy(finished.path("world/fastq/Alpha_H3K4me3.fastq.gz"), inputs / file)
    workflow.configure(
        papers=[], samples="s.tsv", runs="r.tsv",
        assemblies={"own": {"fasta": str(inputs / "genome.fa.gz"),
                            "gtf": str(inputs / "genes.gtf.gz")}},
    )  # fmt: skip
    rows = "".join(f"{name}\tA\tChIP-seq\tH3K4me3\town\n" for name in SAMPLES)
    (workflow.folder / "s.tsv").write_text(f"sample\tcell\tassay\ttarget\tassembly\n{rows}")
    rows = "".join(f"{name}\t{name}\tfastq\t{inputs / file}\n" for name, file in SAMPLES.items())
    (workflow.folder / "r.tsv").write_text(f"run\tsample\tkind\tfile\n{rows}")
    # the workflow's own folder, too
    shutil.move(workflow.folder, base / "chroma loom")
    workflow.folder = base / "chroma loom"

    for path in inputs.iterdir():
        path.chmod(0o444)
    inputs.chmod(0o555)
    before = modified([inputs, *inputs.iterdir()])
    try:
        workflow.run()
    finally:
        inputs.chmod(0o755)
    return SimpleNamespace(workflow=workflow, base=base, inputs=inputs, before=before)


@pytest.mark.parametrize("sample", SAMPLES)
def test_reads_with_odd_names_in_odd_folders_are_aligned(odd, sample):
    assert odd.workflow.path(f"align/{sample}.bam").stat().st_size > 10_000


def test_shell_characters_in_a_file_name_are_inert(odd):
    assert not list(odd.base.rglob("pwned"))


def test_nothing_is_written_beside_the_input(odd):
    # root may write anywhere: that nothing changed is the proof
    assert modified([odd.inputs, *odd.inputs.iterdir()]) == odd.before
