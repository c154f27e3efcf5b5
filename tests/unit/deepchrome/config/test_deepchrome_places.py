import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.config.places import check_places
from workflow_scripts.deepchrome.config.plan import CellPlan, splits_by_assembly

SIZES = {"chr1": 500, "chr2": 300, "chrX": 100}


def split(scheme="chromosome", valid=("chr2",), test=("chrX",)):
    return {"split": scheme, "valid_chromosomes": list(valid), "test_chromosomes": list(test)}


# FAULTS F3
def test_a_misspelt_test_chromosome_is_rejected_when_the_genome_is_known():
    check_places({"A": split()}, SIZES, "c.yaml: deepchrome")
    check_places({"A": split("contiguous", test=["chr9"])}, SIZES, "c.yaml: deepchrome")
    with pytest.raises(UserError) as error:
        check_places({"A": split(), "B": split(test=["chr1", "X"])}, SIZES, "c.yaml: deepchrome")
    assert str(error.value) == (
        "c.yaml: deepchrome.test_chromosomes: 'X' is not a chromosome of the genome of cell 'B';"
        " available: chr1, chr2, chrX"
    )
    with pytest.raises(UserError, match=r"valid_chromosomes: 'chr3' is not a chromosome"):
        check_places({"A": split(valid=["chr3"])}, SIZES, "c.yaml: deepchrome")


def test_splits_are_those_of_cells_with_a_genome():
    samples = pd.DataFrame({"assembly": ["hg", "mm"]}, index=["a1", "b1"])
    empty = dict(tables=[], splits=[], kind="", expression=True)
    plans = {
        "A": CellPlan(signal=[("a1", "H3K4me3")], split=split(), **empty),
        "B": CellPlan(signal=[("b1", "H3K4me3")], split=split("random"), **empty),
        "C": CellPlan(signal=[], split=split(), **(empty | {"tables": ["t"], "splits": [""]})),
    }
    assert splits_by_assembly(plans, samples) == {
        "hg": {"A": split()},
        "mm": {"B": split("random")},
    }
