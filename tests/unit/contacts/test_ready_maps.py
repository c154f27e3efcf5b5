"""Maps from pairs, and the same map in every form in which it may enter."""

import gzip

import cooler
import numpy as np
import pandas as pd
import pytest

from tests.unit.contacts.conftest import BALANCE, SIZES
from tests.unit.contacts.test_pairs import random_rows
from workflow_scripts.chromaloom.genomics import contacts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts import bin_pairs, import_map
from workflow_scripts.contacts.pairs_files import header_lines

BINS = 20  # of 5 kb
SETTINGS = {
    "sample": "s", "assembly": "sim", "resolutions": [5000, 10_000], "balance": BALANCE,
    "threads": 1,
}  # fmt: skip


@pytest.fixture
def sizes(tmp_path):
    path = tmp_path / "chrom.sizes"
    path.write_text("".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    return str(path)


@pytest.fixture
def take_in(tmp_path, sizes):
    def run(kind, *files, seconds=None, matrix_resolution=0, **settings):
        out = str(tmp_path / "in.mcool")
        import_map.main(
            kind=kind, files=list(map(str, files)), seconds=seconds or [""] * len(files),
            sizes=sizes, matrix_resolution=matrix_resolution, out=out, **{**SETTINGS, **settings},
        )  # fmt: skip
        return contacts.open_map(out, 5000, SIZES).matrix(balance=False)[:]

    return run


def counts(seed=0):
    """A symmetric matrix of counts of the genome's bins."""
    upper = np.triu(np.random.default_rng(seed).poisson(6, (BINS, BINS)) + 1)
    return upper + np.triu(upper, 1).T


def write_cool(path, matrix, sizes=None, resolution=5000, dtype=np.int32):
    bins = cooler.util.binnify(pd.Series(sizes or SIZES), resolution)
    one, two = np.nonzero(np.triu(matrix))
    pixels = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": matrix[one, two]})
    cooler.create_cooler(str(path), bins, pixels, dtypes={"count": dtype})
    return path


def write_geo(folder, matrix, start=0, both=True):
    """The two tables of GSE61471; bins numbered from 1 in an order of their own, names bare."""
    order = np.random.default_rng(1).permutation(BINS)
    chrom = np.where(np.arange(BINS) < 12, "A", "B")
    begin = np.concatenate([np.arange(12), np.arange(8)]) * 5000
    bins = pd.DataFrame({"cbin": order + 1, "chr": chrom, "from.coord": begin + start,
                         "to.coord": begin + 5000, "count": 9})  # fmt: skip
    one, two = np.nonzero(matrix)
    table = pd.DataFrame({"cbin1": order[one] + 1, "cbin2": order[two] + 1, "expected_count": 0.5,
                          "observed_count": matrix[one, two]})  # fmt: skip
    table = table if both else table[table.cbin1 <= table.cbin2]
    bins.to_csv(folder / "bins.txt.gz", sep="\t", index=False)
    table.to_csv(folder / "contacts.txt.gz", sep="\t", index=False)
    return folder / "contacts.txt.gz", str(folder / "bins.txt.gz")


def write_pairs(path, rows):
    text = "\n".join(header_lines(SIZES, "sim")) + "\n"
    text += "".join("\t".join(map(str, row)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()))
    return str(path)


@pytest.mark.parametrize("min_distance", [0, 3000])
def test_each_pair_is_counted_in_its_bins(tmp_path, sizes, min_distance):
    rows = random_rows(3000, 7)
    rows += [[".", "chrA", 5000, "chrA", 5001, "+", "-", "UU"]] * 5  # 1-based: last of bin 0, bin 1
    pairs = write_pairs(tmp_path / "p.gz", rows)
    out = str(tmp_path / "a.mcool")
    bin_pairs.main(pairs=pairs, sizes=sizes, min_distance=min_distance, out=out, **SETTINGS)
    expected = np.zeros((BINS, BINS), int)
    offset = {"chrA": 0, "chrB": 12}
    for _, a, p, b, q, *_ in rows:
        if a != b or abs(q - p) >= min_distance:
            ends = sorted([offset[a] + (p - 1) // 5000, offset[b] + (q - 1) // 5000])
            expected[tuple(ends)] += 1
    found = contacts.open_map(out, 5000, SIZES).matrix(balance=False)[:]
    np.testing.assert_array_equal(np.triu(found), expected)


def test_no_pair_far_enough_is_rejected(tmp_path, sizes):
    pairs = write_pairs(tmp_path / "p.gz", [[".", "chrA", 5, "chrA", 9, "+", "-", "UU"]])
    with pytest.raises(UserError, match="all 1 pairs are closer than"):
        bin_pairs.main(pairs=pairs, sizes=sizes, min_distance=10, out=str(tmp_path / "a.mcool"),
                       **SETTINGS)  # fmt: skip


def test_one_map_in_every_form(take_in, tmp_path):
    matrix = counts()
    cool = write_cool(tmp_path / "a.cool", matrix)
    np.testing.assert_array_equal(take_in("cool", cool), matrix)
    cooler.zoomify_cooler(str(cool), str(tmp_path / "a.mcool"), [5000, 20_000], 1000)
    np.testing.assert_array_equal(take_in("mcool", tmp_path / "a.mcool"), matrix)
    for name, separator in (("a.txt", "\t"), ("a.txt.gz", " "), ("a.csv", ",")):
        np.savetxt(tmp_path / name, matrix, delimiter=separator, fmt="%d", header="of the genome")
        np.testing.assert_array_equal(take_in("matrix", tmp_path / name), matrix)
    np.savetxt(tmp_path / "u.txt", np.triu(matrix), fmt="%d")
    np.testing.assert_array_equal(take_in("matrix", tmp_path / "u.txt"), matrix)
    for start, both in ((0, True), (1, True), (0, False)):
        table, bins = write_geo(tmp_path, matrix, start, both)
        np.testing.assert_array_equal(take_in("geo_contacts", table, seconds=[bins]), matrix)


def test_matrices_of_single_chromosomes_make_a_map_without_trans(take_in, tmp_path):
    matrix = counts()
    matrix[:12, 12:] = matrix[12:, :12] = 0
    for name, part in (("A", slice(0, 12)), ("B", slice(12, BINS))):
        np.savetxt(tmp_path / f"{name}.txt", matrix[part, part], fmt="%d")
    files = tmp_path / "A.txt", tmp_path / "B.txt"
    np.testing.assert_array_equal(take_in("matrix", *files, seconds=["A", "chrB"]), matrix)


def test_chromosomes_are_renamed_reordered_and_sized(take_in, tmp_path):
    matrix = counts()
    order = np.r_[12:BINS, 0:12]
    sizes = {"B": 40_000, "A": 60_000}
    turned = write_cool(tmp_path / "t.cool", matrix[np.ix_(order, order)], sizes)
    np.testing.assert_array_equal(take_in("cool", turned), matrix)
    extra = np.pad(matrix, (0, 2), constant_values=3)
    larger = write_cool(tmp_path / "l.cool", extra, {**SIZES, "chrUn": 7000})
    np.testing.assert_array_equal(take_in("cool", larger), matrix)
    alone = write_cool(tmp_path / "o.cool", matrix[:12, :12], {"chrA": 60_000})
    found = take_in("cool", alone)
    np.testing.assert_array_equal(found[:12, :12], matrix[:12, :12])
    assert not found[12:].any()
    clr = contacts.open_map(tmp_path / "in.mcool", 5000)
    assert np.isnan(contacts.balanced_band(clr, "chrB", 3)).all()


def test_finer_maps_are_summed_and_fractions_kept(take_in, tmp_path):
    fine = np.triu(1 + np.random.default_rng(3).random((100, 100)))
    cool = write_cool(tmp_path / "f.cool", fine, resolution=1000, dtype=np.float64)
    expected = fine.reshape(20, 5, 20, 5).sum(axis=(1, 3))
    np.testing.assert_allclose(np.triu(take_in("cool", cool)), expected)
    np.savetxt(tmp_path / "f.txt", fine)
    found = take_in("matrix", tmp_path / "f.txt", matrix_resolution=1000)
    np.testing.assert_allclose(np.triu(found), expected)


def refused(take_in, message, *given, **settings):
    with pytest.raises(UserError, match=message) as caught:
        take_in(*given, **settings)
    assert "\n" not in str(caught.value)


def test_maps_of_other_genomes_and_resolutions_are_rejected(take_in, tmp_path):
    matrix = counts()
    longer = write_cool(tmp_path / "l.cool", matrix, {"chrA": 59_999, "chrB": 40_000})
    refused(take_in, "chrA has 59999 bp, in the genome 60000 bp; the map is", "cool", longer)
    named = write_cool(tmp_path / "n.cool", matrix, {"x": 60_000, "y": 40_000})
    refused(take_in, r"none of its chromosomes \(x, y\)", "cool", named)
    coarse = write_cool(tmp_path / "c.cool", np.ones((10, 10), int), resolution=10_000)
    refused(take_in, "resolutions 10000 bp; expected: .* 5000, or a divisor", "cool", coarse)
    (tmp_path / "x.cool").write_text("nothing")
    refused(take_in, "no contact map", "cool", tmp_path / "x.cool")
    negative = write_cool(tmp_path / "m.cool", matrix - 3.0, dtype=np.float64)
    refused(take_in, "count -.* of bins chr.*; expected: counts", "cool", negative)
    nothing = write_cool(tmp_path / "z.cool", np.diag([5] * BINS))
    refused(take_in, "no contact beyond contacts.balance.ignore_diags", "cool", nothing)


def test_malformed_matrices_are_rejected(take_in, tmp_path):
    path = tmp_path / "m.txt"

    def check(matrix, message, **settings):
        np.savetxt(path, matrix)
        refused(take_in, message, "matrix", path, **settings)

    check(counts()[:, :19], "20 rows and 19 columns; expected: 20 of each")
    check(counts()[:12, :12], "12 rows and 12 columns; expected: 8 of each, the bins of chrB",
          seconds=["chrB"])  # fmt: skip
    check(counts(), "expected: 100 of each, the bins of the genome at", matrix_resolution=1000)
    matrix = counts().astype(float)
    matrix[2, 4] = matrix[4, 2] = np.nan
    check(matrix, r"row 3, column 5: nan \(2 such values\); expected: counts")
    matrix[2, 4] = matrix[4, 2] = -1
    check(matrix, "row 3, column 5: -1 .*; expected")
    matrix[2, 4], matrix[4, 2] = 7, 8
    check(matrix, "row 3, column 5: 7, mirrored 8; expected: a symmetric matrix")
    path.write_text("a b\n1 2\n")
    refused(take_in, "not a matrix of numbers", "matrix", path)
    refused(take_in, r"m.txt \(file2\): none of its chromosomes", "matrix", path, seconds=["chrX"])


def test_malformed_geo_tables_are_rejected(take_in, tmp_path):
    contacts_file, bins = write_geo(tmp_path, counts())

    def check(message, table=None, bin_table=None):
        paths = [tmp_path / "t.txt", tmp_path / "b.txt"]
        sources = [(contacts_file, table), (bins, bin_table)]
        for path, (source, change) in zip(paths, sources, strict=True):
            whole = pd.read_csv(source, sep="\t")
            (change(whole) if change else whole).to_csv(path, sep="\t", index=False)
        refused(take_in, message, "geo_contacts", paths[0], seconds=[str(paths[1])])

    check("cbin. 20 is not a bin of .*b.txt", bin_table=lambda t: t[t.cbin != 20])
    check("with cbin1 < cbin2 and .* with cbin1 > cbin2", table=lambda t: t[t.cbin1 < 15])
    check("no table with columns cbin1, cbin2", table=lambda t: t.drop(columns="cbin1"))
    check("count -1 of bins chrA:0 and chrA:0", table=lambda t: t.assign(observed_count=-1))
    check("bins are of 5000 bp; expected: bins of one size", bin_table=lambda t: t.assign(**{
        "from.coord": t["from.coord"] + 1000 * (t.cbin == 4)}))  # fmt: skip
    check("occurs twice", bin_table=lambda t: pd.concat([t, t[:1]]))
    check("none of its chromosomes", bin_table=lambda t: t.assign(chr="x"))
    check("probably another assembly", bin_table=lambda t: t.assign(chr="B"))


def test_bins_that_do_not_divide_the_finest_or_differ_by_file_are_rejected(take_in, tmp_path):
    np.savetxt(tmp_path / "m.txt", np.ones((34, 34), int), fmt="%d")
    refused(take_in, "3000", "matrix", tmp_path / "m.txt", matrix_resolution=3000)
    coarse = write_cool(tmp_path / "a.cool", counts())
    fine = write_cool(tmp_path / "f.cool", np.ones((100, 100), int), resolution=1000)
    refused(take_in, r"f\.cool.*1000.*5000", "cool", coarse, fine)


@pytest.mark.parametrize(("cell", "named"), [("x", "cbin1.*text"), (None, "cbin1.*gaps")])
def test_bins_of_geo_tables_are_whole_numbers(take_in, tmp_path, cell, named):
    table, bins = write_geo(tmp_path, counts())
    changed = pd.read_csv(table, sep="\t").astype({"cbin1": object})
    changed.loc[0, "cbin1"] = cell
    changed.to_csv(tmp_path / "changed.txt", sep="\t", index=False)
    refused(take_in, named, "geo_contacts", tmp_path / "changed.txt", seconds=[str(bins)])
