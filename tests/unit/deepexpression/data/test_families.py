"""Families of genes: shared symbols, overlapping windows, identical and similar promoters."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.deepexpression.data.families import WORD, find_families, similar_pairs
from workflow_scripts.deepexpression.data.folds import assign_groups
from workflow_scripts.deepexpression.data.promoters import (
    promoter_windows,
    read_promoters,
    read_tss,
    reverse_complement,
)

BP = 2000


def random_sequences(rng, number, width=BP):
    return rng.integers(0, 4, (number, width)).astype(np.uint8)


def nowhere(number):
    """Windows of genes without coordinates."""
    return pd.DataFrame({"chrom": [""] * number, "start": -1, "end": -1})


def joined(found):
    """Sets of genes of one family."""
    return {frozenset(np.flatnonzero(found == one).tolist()) for one in np.unique(found)}


def merged(number, pairs):
    """Sets of genes, merged pair by pair."""
    families = [{gene} for gene in range(number)]
    for one, two in pairs:
        both = [family for family in families if one in family or two in family]
        families = [family for family in families if family not in both] + [set().union(*both)]
    return {frozenset(family) for family in families}


def words(sequence):
    """Distinct words without N, each or its reverse complement, the smaller."""
    here, there = sequence.tobytes(), reverse_complement(sequence).tobytes()
    last = len(here) - WORD
    pairs = (
        (here[start : start + WORD], there[last - start : last - start + WORD])
        for start in range(last + 1)
    )
    return {min(pair) for pair in pairs if 4 not in pair[0]}


def test_families_share_symbols_windows_or_identical_promoters():
    rng = np.random.default_rng(4)
    number = 80
    symbols = np.array([f"S{n}" if n else "" for n in rng.integers(0, 60, number)])
    # shorter than a word: only identical promoters are joined
    promoters = random_sequences(rng, 50, 10)[rng.integers(0, 50, number)]
    start = rng.integers(0, 40, number) * 10
    windows = pd.DataFrame({"chrom": rng.choice(["a", "b", "c"], number), "start": start})
    windows["end"] = windows.start + 10  # some only touch
    pairs = [
        (one, two)
        for one in range(number)
        for two in range(one)
        if symbols[one] == symbols[two] != ""
        or (promoters[one] == promoters[two]).all()
        or (windows.chrom[one] == windows.chrom[two] and abs(start[one] - start[two]) < 10)
    ]
    found = find_families(symbols, promoters, windows, min_similarity=0.1)
    assert joined(found) == merged(number, pairs)
    # numbered by their first gene
    first = [np.flatnonzero(found == family)[0] for family in range(found.max() + 1)]
    assert first == sorted(first)


def test_genes_whose_windows_overlap_by_a_base_are_one_family_on_either_strand():
    # FAULTS C1: of 12,057 genes 1,155 shared half of their window with a gene of another fold
    genes = pd.DataFrame({
        "chrom": ["1", "1", "1", "2", "1"], "tss": [5000, 6999, 9000, 5000, 11_001],
        "strand": ["+", "+", "+", "+", "-"],
    })  # fmt: skip
    promoters = random_sequences(np.random.default_rng(0), len(genes))
    windows = promoter_windows(genes, BP // 2)
    found = find_families(np.full(5, ""), promoters, windows, min_similarity=0.1)
    # [4000, 6000) and [5999, 7999) share a base, [8000, 10000) and [10002, 12002) none
    assert joined(found) == {frozenset(f) for f in ({0, 1}, {2}, {3}, {4})}


def test_promoters_of_unknown_place_that_share_sequence_are_one_family():
    # FAULTS C1: overlapping windows and near-identical copies, without coordinates
    rng = np.random.default_rng(1)
    source = random_sequences(rng, 60)
    copies = source[:30].copy()
    for copy in copies[:10]:  # 2 % of the bases changed
        places = rng.choice(BP, BP // 50, replace=False)
        copy[places] = (copy[places] + rng.integers(1, 4, len(places))) % 4
    copies[10:20] = reverse_complement(copies[10:20])
    # a window half a promoter further
    copies[20:] = np.concatenate([copies[20:, BP // 2 :], random_sequences(rng, 10, BP // 2)], 1)
    both = np.concatenate([source, copies])
    found = find_families(np.full(90, ""), both, nowhere(90), min_similarity=0.1)
    assert joined(found) == merged(90, [(gene, gene + 60) for gene in range(30)])


def test_similarity_is_the_share_of_common_words():
    rng = np.random.default_rng(2)
    sequences = random_sequences(rng, 12, 3000)
    for number in range(1, 12):  # each shares more with the first one; N are no words
        sequences[number, : 250 * number] = sequences[0, : 250 * number]
    sequences[5, 200:260] = 4
    sets = [words(sequence) for sequence in sequences]
    for least in (0.05, 0.3, 0.6):
        found = set(zip(*similar_pairs(sequences, least), strict=True))
        for one in range(12):
            for two in range(one + 1, 12):
                share = len(sets[one] & sets[two]) / min(len(sets[one]), len(sets[two]))
                if abs(share - least) > 0.05:  # the error of the estimate
                    assert ((one, two) in found) == (share > least), (one, two, share)


@pytest.mark.parametrize(("width", "pairs"), [(WORD - 1, 0), (WORD, 1)])
def test_promoters_shorter_than_a_word_are_not_compared(width, pairs):
    # the word of As is among those that are compared
    assert len(similar_pairs(np.zeros((2, width), np.uint8), 0.5)[0]) == pairs


def test_no_human_promoters_of_different_folds_overlap_or_share_sequence(real_data):
    # FAULTS C1: of 12,057 genes 1,155 shared half of their window with a gene of another fold
    folder = real_data / "deepexpression"
    sequences = read_promoters(folder / "human_promoters_2000bp.fa.gz", BP // 2)
    genes = read_tss(folder / "hg19_tss_for_deepexpression_genes.tsv")
    # one chromosome, whose words can be compared one by one
    genes = genes[genes.gene.isin(list(sequences)) & (genes.chrom == "chr22")]
    genes = genes.reset_index(drop=True)
    promoters = np.stack([sequences[name] for name in genes.gene])
    windows = promoter_windows(genes, BP // 2)
    family = find_families(genes.gene.to_numpy(str), promoters, windows, min_similarity=0.1)
    fold, _ = assign_groups("family10", chrom=genes.chrom.to_numpy(str), family=family, seed=1)
    near = np.abs(np.subtract.outer(windows.start.to_numpy(), windows.start.to_numpy())) < BP
    assert (near.sum() - len(genes)) / 2 > 5
    assert (fold[:, None] == fold)[near].all()
    # not because everything is joined
    assert np.bincount(family).max() < 20
    owners, sizes, common = {}, [], {}
    for gene, sequence in enumerate(promoters):
        sizes.append(len(own := words(sequence)))
        for word in own:
            for other in owners.setdefault(word, []):
                common[other, gene] = common.get((other, gene), 0) + 1
            owners[word].append(gene)
    shared = [pair for pair, n in common.items() if n > 0.15 * min(sizes[gene] for gene in pair)]
    assert len(shared) > 5
    assert all(fold[one] == fold[two] for one, two in shared)
