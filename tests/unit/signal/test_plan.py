"""Which samples become tracks, and what the sheets must say of them."""

import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal.plan import check_tracks, second_names, track_samples

SAMPLES = pd.DataFrame(
    [
        ("in", "ChIP-seq", "input", "", "fastq", ""),
        ("chip", "ChIP-seq", "H1", "in", "fastq", ""),
        ("pro", "PRO-seq", "", "", "bigwig", "minus.bw"),
        ("red", "segmentation", "RED", "", "segments", ""),
        ("nine", "segmentation", "state9_1", "", "segments", "1"),
        ("z", "ChIP-seq", "CTCF", "", "binned", "CTCF"),
        ("hic", "Hi-C", "", "", "cool", ""),
        ("rna", "RNA-seq", "", "", "fastq", ""),
    ],
    columns=["sample", "assay", "target", "control", "kind", "file2"],
).set_index("sample", drop=False)


def sheets(**changes):
    samples = SAMPLES.copy()
    for place, value in changes.items():
        sample, column = place.split("__")
        samples.loc[sample, column] = value
    runs = samples[["sample", "kind", "file2"]].assign(run=samples.index)
    return samples.drop(columns=["kind", "file2"]), runs


def test_tracks_are_of_chip_transcription_and_states_but_not_of_controls():
    assert track_samples(SAMPLES) == ["chip", "pro", "red", "nine", "z"]


def test_a_state_is_named_by_its_run_or_its_sample():
    _, runs = sheets()
    assert second_names(runs.loc[["red"]], "RED") == ["RED"]
    assert second_names(runs.loc[["nine"]], "state9_1") == ["1"]
    assert second_names(runs.loc[["pro"]], "") == ["minus.bw"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"z__file2": ""}, "run 'z': a binned table needs file2"),
        ({"in__kind": "tagalign"}, "both as aligned reads"),
        ({"in__kind": "bigwig"}, "control 'in'"),
    ],
)
def test_sheets_that_cannot_make_a_track_are_refused(change, words):
    samples, runs = sheets()
    check_tracks(track_samples(samples), samples, runs, ("s.tsv", "r.tsv"))
    samples, runs = sheets(**change)
    with pytest.raises(UserError, match=words):
        check_tracks(track_samples(samples), samples, runs, ("s.tsv", "r.tsv"))
