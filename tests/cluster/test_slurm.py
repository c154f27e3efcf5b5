"""profiles/slurm on a real SLURM of one machine: where jobs land, fail, and go on.

The tests follow one another: cell A runs through, B is interrupted, cancelled and finished.
"""

import signal
from collections import Counter

import pytest

pytestmark = pytest.mark.cluster

WEIGHTS = {cell: f"results/small/deepchrome/models/{cell}/deepchrome.seed1.keras" for cell in "AB"}
LOGISTIC = "results/small/deepchrome/predictions/A.logistic.tsv.gz"
PREDICTIONS = "results/small/deepchrome/predictions/B.deepchrome.tsv.gz"


def submitted(jobs):
    """(rule, partition, GPUs, end) of each job."""
    return [(j["rule"], j["Partition"], j["gpus"], j["JobState"]) for j in jobs]


@pytest.fixture(scope="module")
def first(workflow, cluster):
    """Jobs of a run of cell A, in which a fit is killed at its first attempt."""
    process = workflow.start(WEIGHTS["A"], LOGISTIC)
    workflow.wait(
        process, lambda: (job := workflow.running("fit_deepchrome_logistic")) and cluster.kill(job)
    )
    workflow.output = workflow.finish(process)
    return cluster.jobs()


def test_gpu_rules_land_on_the_gpu_partition_with_one_gpu_each(first):
    assert Counter((j["Partition"], j["gpus"]) for j in first) == {
        ("gpu", "gres:gpu:1"): 1,
        ("cpu", ""): 4,
    }
    assert {j["rule"] for j in first if j["Partition"] == "gpu"} == {"train_deepchrome"}


def test_a_failed_job_is_retried_with_more_memory(first, workflow):
    attempts = [j for j in first if j["rule"] == "fit_deepchrome_logistic"]
    assert [j["JobState"] for j in attempts] == ["FAILED", "COMPLETED"]
    assert attempts[1]["mb"] == 2 * attempts[0]["mb"]
    assert Counter(j["rule"] for j in first) == {
        "import_deepchrome_marks": 1, "build_deepchrome": 1, "train_deepchrome": 1,
        "fit_deepchrome_logistic": 2,
    }  # fmt: skip
    assert (workflow.folder / LOGISTIC).stat().st_size > 0


def test_a_gpu_job_sees_the_gpu_that_slurm_allocated(first, workflow):
    output = workflow.path("logs/deepchrome/train_deepchrome/A.log").read_text()
    assert "CUDA_VISIBLE_DEVICES is 0" in output  # made up: TensorFlow finds none


def checkpoint(workflow):
    return list(workflow.path("deepchrome/checkpoints").rglob("B*/**/state.json"))


def test_an_interrupted_run_leaves_no_jobs_behind(first, workflow, cluster):
    process = workflow.start(WEIGHTS["B"])
    workflow.wait(process, lambda: checkpoint(workflow))
    process.send_signal(signal.SIGINT)
    workflow.finish(process, ok=False)
    assert submitted(cluster.jobs()[5:]) == [
        ("import_deepchrome_marks", "cpu", "", "COMPLETED"),
        ("build_deepchrome", "cpu", "", "COMPLETED"),
        ("train_deepchrome", "gpu", "gres:gpu:1", "CANCELLED"),
    ]
    assert not (workflow.folder / WEIGHTS["B"]).exists()


def test_a_cancelled_job_is_reported_and_the_cpu_can_be_forced(workflow, cluster):
    log = workflow.path("logs/deepchrome/train_deepchrome/B.log")
    log.unlink(missing_ok=True)
    process = workflow.start(
        WEIGHTS["B"], options=("--restart-times", "0", "--resources", "gpu=0", "download=1")
    )
    job = workflow.wait(process, lambda: workflow.running("train_deepchrome", after=8))
    # its script works: a script that requests a GPU in a job without one would fail before
    workflow.wait(process, lambda: log.exists() and "resuming after epoch" in log.read_text())
    cluster.ask("scancel", job)
    output = workflow.finish(process, ok=False)
    assert f"SLURM-job '{job}' failed, SLURM status is: 'CANCELLED'" in output
    assert "rule train_deepchrome" in output
    assert submitted(cluster.jobs()[8:]) == [("train_deepchrome", "cpu", "", "CANCELLED")]


def test_the_same_command_goes_on_where_it_stopped_also_where_gpus_are_gres(workflow, cluster):
    before = workflow.path("deepchrome/data/B.npz").stat().st_mtime_ns
    process = workflow.start(PREDICTIONS, options=("--profile", "profiles/slurm-gres"))
    workflow.finish(process)
    assert submitted(cluster.jobs()[9:]) == [
        ("train_deepchrome", "gpu", "gres:gpu:1", "COMPLETED"),
        ("predict_deepchrome", "gpu", "gres:gpu:1", "COMPLETED"),
    ]
    output = workflow.path("logs/deepchrome/train_deepchrome/B.log").read_text()
    assert "resuming after epoch" in output and "epoch 1/600" not in output
    # a GPU that the job has by another name is known to the script
    assert "a GPU was requested" in output and "CUDA_VISIBLE_DEVICES is 0" in output
    assert workflow.path("deepchrome/data/B.npz").stat().st_mtime_ns == before
