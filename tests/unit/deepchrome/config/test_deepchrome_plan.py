import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.config.plan import (
    TWO_CONVOLUTIONS,
    CellPlan,
    other_order,
    plan_cells,
    plan_networks,
    plan_relabeled_cells,
    plan_tuned_cells,
    setting_name,
)

NETWORK = {"filters": 6, "kernel": 4, "pool": 3, "hidden": [8, 6], "dropout": 0.2}
TUNING = {
    "enabled": True, "cells": [], "kernels": [4, 5], "pools": [3], "filters": [6],
    "two_convolutions": True,
}  # fmt: skip
OWN = setting_name({**NETWORK, "convolutions": 1})


def test_networks_are_the_grid_the_run_s_own_and_one_with_two_convolutions():
    settings = plan_networks({**TUNING, "pools": [2]}, NETWORK, 20, "c")
    assert list(settings) == ["deepchrome_k4_m2_f6", "deepchrome_k5_m2_f6", OWN, TWO_CONVOLUTIONS]
    assert settings[TWO_CONVOLUTIONS] == {**NETWORK, "convolutions": 2}
    assert settings[OWN] == {**NETWORK, "convolutions": 1}
    paper = {"kernels": [5, 10], "pools": [2, 5], "filters": [20, 50, 100]}
    network = {**NETWORK, "kernel": 10, "pool": 5, "filters": 50}
    assert len(plan_networks({**TUNING, **paper}, network, 100, "c")) == 13


@pytest.mark.parametrize("changes", [{"kernels": [19]}, {"pools": [18]}])
def test_a_grid_that_does_not_fit_the_bins_is_rejected(changes):
    with pytest.raises(UserError, match=r"c: .* of 20 bins"):
        plan_networks({**TUNING, **changes}, NETWORK, 20, "c")


def test_cells_to_tune():
    assert plan_tuned_cells(TUNING, ["A", "B"], "c") == ["A", "B"]
    assert plan_tuned_cells({**TUNING, "cells": ["B"]}, ["A", "B"], "c") == ["B"]
    assert plan_tuned_cells({**TUNING, "enabled": False}, ["A"], "c") == []
    with pytest.raises(UserError, match=r"c\.cells: 'X'.*A, B"):
        plan_tuned_cells({**TUNING, "cells": ["X"]}, ["A", "B"], "c")


def test_cells_that_cannot_be_relabeled_are_rejected():
    plan = CellPlan([], [], "marks_csv", [], False, {})
    for study, message in [
        ({"expression_matrix": "", "cells": ["A"]}, "without expression_matrix"),
        ({"expression_matrix": "m", "cells": ["B"]}, "'B' is not a cell"),
        ({"expression_matrix": "m", "cells": ["A"]}, "'A' has no expression"),
    ]:
        with pytest.raises(UserError, match=message):
            plan_relabeled_cells(study, {"A": plan}, "config")
    assert plan_relabeled_cells({"expression_matrix": "", "cells": []}, {}, "config") == []
    assert {other_order(other_order(name)) for name in ("numeric", "lexicographic")} == {
        "numeric", "lexicographic",
    }  # fmt: skip


SETTINGS = {"cells": [], "cell_splits": {}, "marks_tables": {}, "marks": ["K4", "K27"],
            "network": NETWORK, "split": "random", "valid_chromosomes": [],
            "test_chromosomes": []}  # fmt: skip
CHIP = [("a", "A", "ChIP-seq", "K4"), ("b", "A", "ChIP-seq", "K27")]


@pytest.mark.parametrize(
    ("rows", "changes", "named"),
    [
        (CHIP[:1], {"cells": ["A"]}, "'A'.*K27.*K4"),
        (CHIP[:1], {}, "K4.*K27"),
        (CHIP, {}, "'A'.*RNA-seq"),
        (CHIP, {"marks_tables": {"A": {}}}, "marks_tables: cell 'A' has no ready table"),
        (CHIP, {"marks_tables": {"B": {}}}, "'B' is not in the sample sheet"),
    ],
    ids=["a mark of a cell", "the marks of all cells", "expression", "a table", "a cell"],
)
def test_what_a_cell_lacks_is_named(rows, changes, named):
    samples = pd.DataFrame(rows, columns=["sample", "cell", "assay", "target"])
    runs = pd.DataFrame(columns=["run", "sample", "kind", "file", "part"])
    with pytest.raises(UserError, match=f"^c[:.] ?.*{named}"):
        plan_cells(samples.set_index("sample"), runs, SETTINGS | changes, 20, "c")


WHOLE = [*CHIP, ("c", "A", "ChIP-seq", "K4"), ("r", "A", "RNA-seq", "")]


@pytest.mark.parametrize(
    ("kinds", "assemblies", "counted", "named"),
    [
        (
            ["bam", "bam", "peaks", ""],
            "wwww",
            None,
            "'A': replicates of K4 .*'a' gives reads.*'c'",
        ),
        (["bam", "bam", "bigwig", ""], "wwww", None, "'c' track mean"),
        (["bam"] * 4, "wvww", None, "'A': sample 'b' is of assembly 'v', sample 'a' of 'w'"),
        (["bam"] * 4, "wwww", ["a", "c"], "tss_bins.targets leaves out mark 'K27' .*'b'"),
    ],
    ids=["peaks", "tracks", "assembly", "targets"],
)
def test_signal_that_cannot_be_stacked_is_rejected_in_the_plan(kinds, assemblies, counted, named):
    # FAULTS C4
    columns = ["sample", "cell", "assay", "target"]
    samples = pd.DataFrame(WHOLE, columns=columns).assign(assembly=list(assemblies))
    runs = samples[["sample"]].assign(run=samples["sample"], kind=kinds, file="f", part="")
    samples = samples.set_index("sample")
    with pytest.raises(UserError, match=f"^c: .*{named}"):
        plan_cells(samples, runs, SETTINGS, 20, "c", counted)
    same = runs.assign(kind=["tagalign", "peaks", "fastq", ""])  # marks may differ in unit
    plans = plan_cells(samples.assign(assembly="w"), same, SETTINGS, 20, "c", "abc")
    assert plans["A"].signal == [("a", "K4"), ("c", "K4"), ("b", "K27")]
