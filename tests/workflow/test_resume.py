"""The same from scratch, and after a kill."""

import zipfile

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workflow")]

WEIGHTS = "results/small/deepchrome/models/Alpha/deepchrome.seed1.keras"


def weights(workflow) -> bytes:
    """The weights of a .keras file, whose other members carry a time."""
    with zipfile.ZipFile(workflow.folder / WEIGHTS) as archive:
        return archive.read("model.weights.h5")


def test_twice_from_scratch_gives_the_same_bytes(finished, make_workflow):
    again = make_workflow()
    again.run("results/small/deepchrome/metrics.tsv")
    for name in ("deepchrome/metrics.tsv", "world/genome.fa.gz", "align/Alpha_input.bam"):
        assert again.path(name).read_bytes() == finished.path(name).read_bytes(), name
    assert weights(again) == weights(finished)


def test_a_killed_training_resumes_and_ends_with_the_same_weights(make_workflow):
    workflow = make_workflow()
    workflow.configure(deepchrome={"seeds": [1], "training": {"epochs": 30, "patience": 0}})
    workflow.run(WEIGHTS)
    whole = weights(workflow)
    (workflow.folder / WEIGHTS).unlink()

    log = workflow.path("logs/deepchrome/train_deepchrome/Alpha.deepchrome.seed1.log")
    checkpoint = workflow.path("deepchrome/checkpoints/Alpha.deepchrome.seed1/state.json")
    log.unlink()
    workflow.kill_when(
        lambda: checkpoint.exists() and log.exists() and "epoch 5/" in log.read_text(), WEIGHTS
    )
    assert not (workflow.folder / WEIGHTS).exists()
    workflow.run(WEIGHTS)
    said = log.read_text()
    assert "resuming after epoch" in said
    assert "epoch 1/30" not in said
    assert weights(workflow) == whole
    assert not checkpoint.parent.exists()
