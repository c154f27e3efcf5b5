import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import plan_cells

COLUMNS = ["sample", "cell", "assay", "target", "assembly"]


SETTINGS = {
    "resolution": 10_000, "test_regions": ["chr1"], "cells": [], "profiles": [],
    "profile_assays": ["ChIP-seq"], "training": {}, "backward": {},
    "gradients": {"inactive_below": 0.3, "active_above": 0.7},
}  # fmt: skip


def sheet(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).set_index("sample", drop=False)


SAMPLES = sheet(
    ["hic", "A", "Hi-C", "", "g1"],
    ["h1", "A", "ChIP-seq", "H1", "g1"],
    ["ctcf_1", "A", "ChIP-seq", "CTCF", "g1"],
    ["ctcf_2", "A", "ChIP-seq", "CTCF", "g1"],
    ["in", "A", "ChIP-seq", "input", "g1"],
    ["red", "A", "segmentation", "RED", "g1"],
    ["pro", "A", "PRO-seq", "", "g1"],
    ["rna", "A", "RNA-seq", "", "g1"],
    ["h1_b", "B", "ChIP-seq", "H1", "g1"],
    ["hic_c", "C", "Hi-C", "", "g1"],
)


def plan(samples=SAMPLES, resolutions=(10_000,), **changes):
    return plan_cells(samples, SETTINGS | changes, list(resolutions), "c.yaml: conformation")


def test_cells_with_a_map_and_profiles_are_planned():
    found = plan()
    assert list(found) == ["A"]
    # the control is not a profile; replicates are one factor
    assert found["A"].profiles == [("H1", ["h1"]), ("CTCF", ["ctcf_1", "ctcf_2"])]
    assert found["A"].factors == ["H1", "CTCF", "CTCF"]
    assert found["A"].samples == ["h1", "ctcf_1", "ctcf_2"]
    assert found["A"].assembly == "g1"


def test_named_profiles_keep_their_order_regardless_of_the_assay():
    assert plan(profiles=["RED", "H1"])["A"].factors == ["RED", "H1"]
    assert plan(profiles=["PRO-seq"])["A"].samples == ["pro"]


def test_assays_of_profiles():
    both = plan(profile_assays=["ChIP-seq", "segmentation"])["A"]
    assert both.factors == ["H1", "CTCF", "CTCF", "RED"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolutions": [5000, 20000]}, "resolution: 10000 is not in contacts.resolutions;"
                                         " expected: one of 5000, 20000"),
        ({"test_regions": []}, "test_regions: the list is empty; expected: at least one region"),
        ({"cells": ["D"]}, "cell 'D' is not in the sample sheet; available: A, B, C"),
        ({"cells": ["B"]}, "cell 'B' lacks a contact map"),
        ({"cells": ["C"]}, "cell 'C' lacks profiles"),
        ({"cells": ["A"], "profiles": ["H1", "Pc"]}, "cell 'A' lacks Pc"),
        ({"profiles": ["Pc"]}, "no cell of the sample sheet has a contact map and the profiles"),
        ({"gradients": {"inactive_below": 0.8, "active_above": 0.7}},
         r"gradients\.inactive_below: 0\.8 is above active_above, 0\.7"),
        ({"training": {"batch_size": 3, "steps_per_epoch": 3}},
         "training: both batch_size and steps_per_epoch are set; expected: one"),
    ],
)  # fmt: skip
def test_invalid_settings_are_rejected(changes, message):
    with pytest.raises(UserError, match=f"c.yaml: conformation.*{message}"):
        plan(**changes)


def test_samples_of_two_assemblies_are_rejected():
    samples = SAMPLES.copy()
    samples.loc["ctcf_2", "assembly"] = "g2"
    with pytest.raises(UserError, match="sample 'ctcf_2' has assembly 'g2', the contact map 'g1'"):
        plan(samples)
