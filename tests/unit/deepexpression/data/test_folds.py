"""Folds: every gene once, undivided families and chromosomes, training and validation genes."""

import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.folds import (
    Folds,
    assign_groups,
    parse_scheme,
    read_folds,
    split_genes,
    write_folds,
)


def genes(number=400, seed=0):
    rng = np.random.default_rng(seed)
    family = rng.integers(0, number * 3 // 4, number)
    chrom = rng.choice([f"chr{n}" for n in range(1, 9)], number, p=np.arange(8, 0, -1) / 36)
    return chrom, family


def whole(fold, group):
    """Whether no group is divided between folds."""
    return all(len(np.unique(fold[group == one])) == 1 for one in np.unique(group))


@pytest.mark.parametrize("name", ["random10", "family7", "chromosome3"])
def test_every_fold_holds_about_as_many_genes(name):
    chrom, family = genes()
    fold, _ = assign_groups(name, chrom=chrom, family=family, seed=1)
    sizes = np.bincount(fold, minlength=parse_scheme(name)[1])
    assert sizes.sum() == len(chrom)
    # the largest chromosome is 8/36 of the genes: three folds can still be near equal
    assert sizes.max() - sizes.min() <= {"r": 1, "f": 1, "c": 25}[name[0]]


@pytest.mark.parametrize(("name", "kept"), [("family7", "family"), ("chromosome3", "chrom")])
def test_families_and_chromosomes_stay_in_one_fold(name, kept):
    chrom, family = genes()
    fold, _ = assign_groups(name, chrom=chrom, family=family, seed=1)
    assert whole(fold, {"family": family, "chrom": chrom}[kept])
    divided, _ = assign_groups("random7", chrom=chrom, family=family, seed=1)
    assert not whole(divided, family)


@pytest.mark.parametrize("name", ["random10", "family7", "chromosome3"])
def test_training_validation_and_test_genes_of_a_fold(name):
    chrom, family = genes()
    fold, group = assign_groups(name, chrom=chrom, family=family, seed=1)
    folds = Folds(np.arange(len(fold)).astype(str), fold, group)
    for number in range(folds.number):
        train, valid, test = split_genes(folds, number, seed=5)
        assert np.array_equal(np.sort(np.concatenate([train, valid, test])), np.arange(len(fold)))
        assert (fold[test] == number).all()
        assert len(valid) / (len(valid) + len(train)) == pytest.approx(1 / 9, abs=0.02)
        assert not np.isin(group[valid], group[train]).any()
        again = split_genes(folds, number, seed=5)
        assert all(np.array_equal(a, b) for a, b in zip(again, (train, valid, test), strict=True))
        assert not np.array_equal(valid, split_genes(folds, number, seed=6)[1])


def test_round_trip(tmp_path):
    # names that a reader could take for missing values or numbers
    folds = Folds(np.array(["NA", "nan", "1"]), np.array([0, 1, 0]), np.array([2, 0, 1]))
    write_folds(path := tmp_path / "folds.tsv.gz", folds)
    found = read_folds(path)
    assert list(found.genes) == ["NA", "nan", "1"]
    assert np.array_equal(found.fold, folds.fold)
    assert np.array_equal(found.group, folds.group)


@pytest.mark.parametrize("name", ["random1", "random", "kfold5", "family0", "random05"])
def test_invalid_names_are_rejected(name):
    with pytest.raises(UserError, match="expected: random, family, chromosome"):
        parse_scheme(name)


def test_too_few_groups_and_unknown_chromosomes_are_rejected():
    chrom, family = genes()
    with pytest.raises(UserError, match="8 chromosomes for 9 folds"):
        assign_groups("chromosome9", chrom=chrom, family=family, seed=1)
    with pytest.raises(UserError, match="400 genes for 401 folds"):
        assign_groups("random401", chrom=chrom, family=family, seed=1)
    with pytest.raises(UserError, match="3 genes have no chromosome"):
        assign_groups(
            "chromosome3", chrom=np.where(np.arange(400) < 3, "", chrom), family=family, seed=1
        )
