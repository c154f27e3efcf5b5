import numpy as np
import pytest

from workflow_scripts.chromaloom.ml.splits import (
    PARTS,
    by_chromosome,
    contiguous_thirds,
    random_thirds,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

NAMES = np.array([f"G{n:05d}" for n in range(101)])


def counts(split):
    return [int((split == part).sum()) for part in PARTS]


def test_thirds_of_the_paper_s_rows():
    names = np.array([f"ENSG{n:011d}" for n in range(19802)])
    assert counts(contiguous_thirds(names)) == [6601, 6601, 6600]


@pytest.mark.parametrize("split", [contiguous_thirds, lambda n: random_thirds(n, 3)])
def test_the_order_of_rows_does_not_matter(split):
    order = np.random.default_rng(0).permutation(len(NAMES))
    assert np.array_equal(split(NAMES)[order], split(NAMES[order]))
    assert max(counts(split(NAMES))) - min(counts(split(NAMES))) <= 1


def test_contiguous_parts_follow_one_another():
    split = contiguous_thirds(NAMES)
    assert list(dict.fromkeys(split)) == list(PARTS)


def test_random_thirds_follow_the_seed():
    assert np.array_equal(random_thirds(NAMES, 1), random_thirds(NAMES, 1))
    assert not np.array_equal(random_thirds(NAMES, 1), random_thirds(NAMES, 2))


def test_chromosomes_go_whole():
    chrom = np.array(["chr1", "chr2", "chr3"] * 5)
    split = by_chromosome(chrom, ["chr2"], ["chr3"], "config")
    assert {c: set(split[chrom == c]) for c in set(chrom)} == {
        "chr1": {"train"}, "chr2": {"valid"}, "chr3": {"test"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("valid", "test", "part"),
    [(["chr2"], ["chr2"], "'chr2' is in"), ([], ["chr2"], "valid_chromosomes is empty"),
     (["chr2"], ["chrZ"], "test_chromosomes: 'chrZ' holds no gene")],
)  # fmt: skip
def test_mistaken_chromosomes_are_named(valid, test, part):
    with pytest.raises(UserError, match=part):
        by_chromosome(np.array(["chr1", "chr2"]), valid, test, "config")
