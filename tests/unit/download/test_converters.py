"""Small real data that are converted: round trips, and what is refused."""

import gzip

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.download import (
    convert_bin_table,
    convert_dense_map,
    convert_hicexplorer_map,
    place_real_file,
)


@pytest.fixture
def counts():
    """A symmetric map of 30 bins, some of them empty, the last one shorter."""
    upper = np.triu(np.random.default_rng(1).poisson(2, (30, 30)))
    upper[7] = upper[:, 7] = 0
    return upper + np.triu(upper, 1).T


GENOME = {"chrom": "ecoli", "length": 149_001, "resolution": 5_000, "assembly": "made"}


def test_a_dense_map_goes_to_cool_and_back(counts, tmp_path):
    text = "".join("\t".join(map(str, row)) + "\t\n" for row in counts)
    (tmp_path / "map.dat").write_text(text)
    out = tmp_path / "out" / "map.cool"
    convert_dense_map.main(file=str(tmp_path / "map.dat"), out=str(out), **GENOME)
    clr = cooler.Cooler(str(out))
    np.testing.assert_array_equal(clr.matrix(balance=False)[:], counts)
    assert clr.pixels().dtypes["count"] == np.int32
    assert clr.chromsizes.to_dict() == {"ecoli": 149_001}
    assert clr.binsize == 5_000
    assert clr.bins()[29:]["end"].item() == 149_001
    assert clr.info["genome-assembly"] == "made"
    before = out.read_bytes()
    convert_dense_map.main(file=str(tmp_path / "map.dat"), out=str(out), **GENOME)
    assert out.read_bytes() == before


@pytest.mark.parametrize("change", ["length", "text"])
def test_a_matrix_of_other_bins_is_refused(counts, tmp_path, change):
    np.savetxt(tmp_path / "map.txt", counts, fmt="%d")
    if change == "text":
        (tmp_path / "map.txt").write_text("<html>404</html>\n")
    genome = GENOME | ({"length": 200_000} if change == "length" else {})
    with pytest.raises(UserError, match=r"map\.txt"):
        convert_dense_map.main(file=str(tmp_path / "map.txt"), out=str(tmp_path / "o"), **genome)
    assert not (tmp_path / "o").exists()


def write_h5(path, matrix, names, starts, ends):
    """A map as HiCExplorer stores it."""
    matrix = sparse.csr_matrix(matrix)
    with h5py.File(path, "w") as handle:
        handle["intervals/chr_list"] = np.array(names, dtype="S")
        handle["intervals/start_list"], handle["intervals/end_list"] = starts, ends
        handle["intervals/extra_list"] = np.ones(len(names))
        for key in ("data", "indices", "indptr"):
            handle[f"matrix/{key}"] = getattr(matrix, key)
        handle["matrix/shape"] = np.array(matrix.shape)


BINS = (["2L"] * 20 + ["2R"] * 10, [*range(0, 200, 10), *range(0, 100, 10)])
ENDS = [*range(10, 200, 10), 197, *range(10, 100, 10), 92]


@pytest.mark.parametrize("form", ["upper", "full"])
@pytest.mark.parametrize("kind", [int, float])
def test_a_map_of_hicexplorer_goes_to_cool_and_back(counts, tmp_path, form, kind):
    counts = counts.astype(kind) * (0.5 if kind is float else 1)
    given = np.triu(counts) if form == "upper" else counts
    write_h5(tmp_path / "map.h5", given, *BINS, ENDS)
    out = tmp_path / "map.cool"
    convert_hicexplorer_map.main(file=str(tmp_path / "map.h5"), assembly="dm6", out=str(out))
    clr = cooler.Cooler(str(out))
    np.testing.assert_array_equal(clr.matrix(balance=False)[:], counts)
    assert clr.chromsizes.to_dict() == {"2L": 197, "2R": 92}
    assert clr.pixels().dtypes["count"] == (np.int32 if kind is int else np.float64)


def test_other_files_and_gaps_among_bins_are_refused(counts, tmp_path):
    path, out = tmp_path / "map.h5", tmp_path / "map.cool"
    path.write_text("404")
    with pytest.raises(UserError, match="not a map of HiCExplorer"):
        convert_hicexplorer_map.main(file=str(path), assembly="dm6", out=str(out))
    starts = list(BINS[1])
    starts[3] += 1
    write_h5(path, counts, BINS[0], starts, ENDS)
    with pytest.raises(UserError, match="without gaps"):
        convert_hicexplorer_map.main(file=str(path), assembly="dm6", out=str(out))
    assert not out.exists()


def one_hot(table, arms=("chr2L", "chr2R")):
    """A table of bins in the source's form."""
    hot = pd.DataFrame({arm: (table.chrom == arm).astype(float) for arm in arms})
    hot["start_coord"] = table.start / 1e7
    return pd.concat([hot, table.iloc[:, 3:]], axis=1)


def test_bin_tables_go_there_and_back(tmp_path):
    start = np.r_[np.arange(0, 23_000_000, 20_000)[::7], np.arange(40_000, 21_000_000, 20_000)[::5]]
    table = pd.DataFrame({"chrom": np.where(np.arange(len(start)) < 165, "chr2L", "chr2R")})
    table["start"], table["end"] = start, start + 20_000
    table["Su(Hw)"] = np.random.default_rng(2).normal(size=len(start))
    one_hot(table).to_csv(tmp_path / "in.csv")
    convert_bin_table.main(file=str(tmp_path / "in.csv"), out=str(tmp_path / "out.tsv.gz"))
    found = pd.read_csv(tmp_path / "out.tsv.gz", sep="\t")
    pd.testing.assert_frame_equal(found, table.round(4), check_dtype=False)


@pytest.mark.parametrize("fault", ["two arms", "off the grid", "no start"])
def test_another_table_than_of_bins_is_refused(tmp_path, fault):
    table = pd.DataFrame({"chrom": ["chr2L"], "start": [20_000], "end": [40_000], "x": [1.0]})
    hot = one_hot(table)
    if fault == "two arms":
        hot["chr2R"] = 1.0
    elif fault == "off the grid":
        hot["start_coord"] += 0.0001
    else:
        hot = hot.drop(columns="start_coord")
    hot.to_csv(tmp_path / "in.csv")
    with pytest.raises(UserError, match="expected"):
        convert_bin_table.main(file=str(tmp_path / "in.csv"), out=str(tmp_path / "out.tsv.gz"))


def test_files_are_placed_as_they_are_or_gzipped_the_same_each_time(tmp_path):
    (tmp_path / "a.csv").write_text("gene,1\n" * 1000)
    for name, compress in (("a", False), ("b", True), ("c", True)):
        place_real_file.main(
            file=str(tmp_path / "a.csv"), compress=compress, out=str(tmp_path / "real" / name)
        )
    plain, one, two = ((tmp_path / "real" / name).read_bytes() for name in "abc")
    assert plain == gzip.decompress(one) == (tmp_path / "a.csv").read_bytes()
    assert one == two


@pytest.mark.parametrize("fault", ["shape", "nan"])
def test_maps_of_other_bins_or_without_numbers_are_rejected(counts, tmp_path, fault):
    path, out = tmp_path / "map.h5", tmp_path / "map.cool"
    matrix = counts[:20, :20] if fault == "shape" else np.where(counts == 2, np.nan, counts)
    write_h5(path, matrix, *BINS, ENDS)
    with pytest.raises(UserError, match=r"map\.h5"):
        convert_hicexplorer_map.main(file=str(path), assembly="dm6", out=str(out))
    assert not out.exists()
