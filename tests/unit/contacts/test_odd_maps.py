"""Maps as other programs store them: regions, holes, both triangles, duplicates, no counts."""

import gzip

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest

from tests.unit.contacts.test_ready_maps import (
    BINS,
    SETTINGS,
    SIZES,
    counts,
    refused,
    sizes,
    take_in,
    write_cool,
    write_geo,
)
from workflow_scripts.chromaloom.genomics import contacts, cooler_files
from workflow_scripts.chromaloom.genomics.map_formats import end_of_hdf5
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts.map_files import read_cool

__all__ = ["sizes", "take_in"]  # fixtures
A = slice(0, 12)  # bins of chrA


def bin_table(resolution=5000):
    return cooler.util.binnify(pd.Series(SIZES), resolution)


def write_bins(path, bins, matrix, symmetric=True):
    """A .cool with this table of bins; `matrix` has a row per bin of it."""
    one, two = np.nonzero(np.triu(matrix) if symmetric else matrix)
    pixels = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": matrix[one, two]})
    bins = bins.reset_index(drop=True).astype({"chrom": str})
    cooler.create_cooler(str(path), bins, pixels, symmetric_upper=symmetric,
                          triucheck=symmetric)  # fmt: skip
    return path


def only(matrix, kept):
    """The matrix without the contacts of other bins."""
    mask = np.zeros(BINS, bool)
    mask[kept] = True
    return np.where(mask[:, None] & mask, matrix, 0)


@pytest.mark.parametrize("kept", [range(4, 12), range(3, 9), range(12, 17)])
def test_a_map_of_a_region_keeps_its_place(take_in, tmp_path, kept):
    # odd case 4
    kept, matrix = list(kept), counts()
    path = write_bins(tmp_path / "region.cool", bin_table().iloc[kept], matrix[np.ix_(kept, kept)])
    np.testing.assert_array_equal(take_in("cool", path), only(matrix, kept))
    weight = contacts.open_map(tmp_path / "in.mcool", 5000).bins()["weight"][:]
    assert set(np.flatnonzero(weight.notna())) == set(kept)


@pytest.mark.parametrize("absent", [[5], [0, 6, 7], [11], [19], [12, 13]])
def test_bins_after_a_hole_in_the_bin_table_keep_their_place(take_in, tmp_path, absent, caplog):
    # odd case 5
    kept, matrix = np.setdiff1d(np.arange(BINS), absent), counts()
    path = write_bins(tmp_path / "holes.cool", bin_table().iloc[kept], matrix[np.ix_(kept, kept)])
    np.testing.assert_array_equal(take_in("cool", path), only(matrix, kept))
    assert f"{len(absent)} of {BINS} bins are absent from its table of bins" in caplog.text
    weight = contacts.open_map(tmp_path / "in.mcool", 5000).bins()["weight"][:]
    assert set(np.flatnonzero(weight.isna())) == set(absent)


def test_bands_and_weights_of_a_map_with_holes_are_those_of_the_dense_matrix(tmp_path):
    # odd cases 4 and 5, where a map is read without being imported
    kept, matrix = np.setdiff1d(np.arange(BINS), [3, 4, 13]), counts()
    path = write_bins(tmp_path / "h.cool", bin_table().iloc[kept], matrix[np.ix_(kept, kept)])
    given = np.arange(1.0, len(kept) + 1)
    with h5py.File(path, "r+") as handle:
        handle["bins/weight"] = given
    clr = cooler.Cooler(str(path))
    weight = np.full(BINS, np.nan)
    weight[kept] = given
    np.testing.assert_array_equal(contacts.chromosome_weights(clr, "chrA"), weight[A])
    band, balanced = contacts.count_band(clr, "chrA", 5), contacts.balanced_band(clr, "chrA", 5)
    dense = only(matrix, kept)[A, A]
    for i in range(12):
        for d in range(min(5, 12 - i)):
            assert band[i, d] == dense[i, i + d]
            expected = dense[i, i + d] * weight[i] * weight[i + d]
            np.testing.assert_equal(balanced[i, d], expected)


def test_other_tables_of_bins_are_rejected(take_in, tmp_path):
    bins, matrix = bin_table(), counts()
    moved = bins.assign(start=bins.start.where(bins.index != 2, 10_100),
                        end=bins.end.where(bins.index != 2, 15_100))  # fmt: skip
    refused(take_in, "bin chrA:10100-15100; expected: bins of 5000 bp", "cool",
            write_bins(tmp_path / "m.cool", moved, matrix))  # fmt: skip
    twice = bins.iloc[[0, 1, 1, *range(2, BINS)]]
    refused(take_in, "bin chrA:5000 occurs twice in the table of bins", "cool",
            write_bins(tmp_path / "t.cool", twice, np.pad(matrix, (0, 1))))  # fmt: skip


def test_a_last_bin_of_full_length_is_the_chromosomes_last_bin(tmp_path):
    bins = cooler.util.binnify(pd.Series(SIZES), 8000)
    matrix = np.random.default_rng(0).poisson(9, (len(bins), len(bins))) + 1
    padded = bins.assign(end=bins.start + 8000)  # chrA ends at 64,000
    path = write_bins(tmp_path / "p.cool", padded, matrix)
    found = read_cool(str(path), SIZES, 8000)
    table = pd.concat(found.pixels())
    assert table["count"].sum() == np.triu(matrix).sum()
    assert table.bin2_id.max() == len(bins) - 1


@pytest.mark.parametrize("stored", ["both", "lower", "upper"])
def test_square_storage_is_taken_once(take_in, tmp_path, stored):
    # odd case 19
    matrix = counts()
    given = {"both": matrix, "lower": np.tril(matrix), "upper": np.triu(matrix)}[stored]
    path = write_bins(tmp_path / "square.cool", bin_table(), given, symmetric=False)
    np.testing.assert_array_equal(take_in("cool", path), matrix)
    clr = cooler.Cooler(str(path))
    if stored == "both":
        band, sums = contacts.count_band(clr, "chrA", 12), contacts.marginals(clr, np.ones(BINS), 1)
        assert band.sum() == np.triu(matrix[A, A]).sum()
        np.testing.assert_allclose(sums, matrix.sum(axis=1) - np.diag(matrix))


def test_triangles_that_differ_are_rejected(take_in, tmp_path):
    matrix = counts()
    matrix[3, 9] += 1
    matrix[3, 8] -= 1  # equal totals
    path = write_bins(tmp_path / "s.cool", bin_table(), matrix, symmetric=False)
    refused(take_in, "pixels below the diagonal differ from those above", "cool", path)


def repeat_pixels(path, rows):
    """Store the first `rows` pixels twice, and give their number and the dense matrix."""
    clr = cooler.Cooler(str(path))
    table = clr.pixels()[:]
    more = pd.concat([table, table.iloc[:rows]]).sort_values(["bin1_id", "bin2_id"])
    offset = np.searchsorted(more.bin1_id, np.arange(len(clr.bins()) + 1))
    file, group = contacts.split_uri(path)
    with h5py.File(file, "r+") as handle:
        place = handle[group or "/"]
        for column in ("bin1_id", "bin2_id", "count"):
            del place[f"pixels/{column}"]
            place[f"pixels/{column}"] = more[column].to_numpy()
        place["indexes/bin1_offset"][:] = offset
        place.attrs["nnz"] = len(more)
    dense = np.zeros((len(clr.bins()),) * 2)
    np.add.at(dense, (more.bin1_id, more.bin2_id), more["count"])
    return np.triu(dense, 1).T + dense


def test_counts_of_duplicate_pixels_are_summed_with_a_warning(take_in, tmp_path, caplog):
    # FAULTS C9
    path = write_cool(tmp_path / "d.cool", counts())
    dense = repeat_pixels(path, 7)
    np.testing.assert_array_equal(take_in("cool", path), dense)
    assert "7 duplicate pixels of 5000 bp bins; their counts are summed" in caplog.text
    clr = cooler.Cooler(str(path))
    band = contacts.count_band(clr, "chrA", 3)
    assert band[0].tolist() == dense[0, :3].tolist()


def test_duplicate_pixels_of_a_coarser_map_name_the_key_that_avoids_them(take_in, tmp_path, caplog):
    # FAULTS C9
    fine = np.triu(np.random.default_rng(1).poisson(2, (100, 100)) + 1)
    cool = write_cool(tmp_path / "f.cool", fine, resolution=1000)
    mcool = str(tmp_path / "f.mcool")
    cooler.zoomify_cooler(str(cool), mcool, [1000, 5000], chunksize=10_000)
    dense = repeat_pixels(f"{mcool}::/resolutions/5000", 4)
    np.testing.assert_array_equal(take_in("mcool", mcool, mcool_base=False), dense)
    assert "contacts.mcool_base: true" in caplog.text
    coarse = fine.reshape(20, 5, 20, 5).sum(axis=(1, 3))
    found = take_in("mcool", mcool, mcool_base=True)
    np.testing.assert_array_equal(np.triu(found), np.triu(coarse))


def test_duplicate_pixels_across_parts_are_counted(tmp_path, monkeypatch):
    # FAULTS C9: the repetition is the first pixel of the next part
    path = write_cool(tmp_path / "d.cool", counts())
    repeat_pixels(path, 1)
    original = contacts.pixel_chunks
    monkeypatch.setattr(cooler_files, "pixel_chunks", lambda clr: original(clr, chunk=1))
    assert cooler_files.find_storage(cooler.Cooler(str(path)), "d").duplicates == 1


def test_repeated_rows_of_geo_tables_are_summed_with_a_warning(take_in, tmp_path, caplog):
    table, bins = write_geo(tmp_path, matrix := counts(), both=False)
    rows = pd.read_csv(table, sep="\t")
    pd.concat([rows, rows]).to_csv(tmp_path / "twice.txt", sep="\t", index=False)
    found = take_in("geo_contacts", tmp_path / "twice.txt", seconds=[bins])
    given = np.triu(counts())
    lower = rows.observed_count.sum()
    assert np.triu(found).sum() == 2 * lower <= 2 * given.sum()
    assert f"{len(rows)} rows repeat a pair of bins" in caplog.text
    assert matrix.any()


def decaying(bins=BINS, depth=2000):
    """Counts that fall with distance, of bins of unequal visibility."""
    rng = np.random.default_rng(4)
    one, two = np.indices((bins, bins))
    bias = rng.uniform(0.5, 2, bins)
    upper = np.triu(rng.poisson(depth * bias[one] * bias[two] / (1 + abs(one - two))))
    return upper + np.triu(upper, 1).T


def balanced_values(matrix):
    """The matrix with all sums beyond the diagonal 1, by a naive loop; and the weights."""
    off = matrix - np.diag(np.diag(matrix))
    weight = np.ones(len(matrix))
    for _ in range(3000):
        weight /= np.sqrt(weight * (off @ weight))
    return matrix * weight[:, None] * weight, weight


def test_balanced_values_are_no_counts(take_in, tmp_path):
    # odd case 3
    values, _ = balanced_values(decaying())
    path = write_cool(tmp_path / "iced.cool", values, dtype=np.float64)
    refused(take_in, "values of .* on average in 210 pixels; expected: counts.*count_scale.s to",
            "cool", path)  # fmt: skip
    np.savetxt(tmp_path / "iced.txt", values)
    refused(
        take_in, r"iced.txt: values of .*contacts\.count_scale", "matrix", tmp_path / "iced.txt"
    )
    table, bins = write_geo(tmp_path, values)
    refused(take_in, "contacts.txt.gz: values of", "geo_contacts", table, seconds=[bins])


def test_balanced_values_are_scaled_by_the_named_key(take_in, tmp_path):
    # odd case 3: all bins stay, and balancing changes nothing but the unit
    matrix = decaying()
    values, _ = balanced_values(matrix)
    scale = matrix.sum() / values.sum()
    path = write_cool(tmp_path / "iced.cool", values, dtype=np.float64)
    # rounding noise in the sums of balanced values, which are all equal
    balance = {**SETTINGS["balance"], "mad_max": 3}
    found = take_in("cool", path, count_scale=scale, balance=balance)
    np.testing.assert_allclose(found, values * scale, rtol=1e-9)
    clr = contacts.open_map(tmp_path / "in.mcool", 5000)
    assert clr.bins()["weight"][:].notna().all()
    again = clr.matrix(balance=True)[:]
    np.testing.assert_allclose(again / again[0, 1], values / values[0, 1], rtol=1e-3)


def test_values_scaled_by_too_little_are_rejected(take_in, tmp_path):
    values, _ = balanced_values(decaying())
    path = write_cool(tmp_path / "iced.cool", values, dtype=np.float64)
    refused(take_in, "on average in 210 pixels", "cool", path, count_scale=1.5)


def test_whole_counts_are_not_scaled(take_in, tmp_path):
    path = write_cool(tmp_path / "a.cool", counts(), dtype=np.float64)
    np.testing.assert_array_equal(take_in("cool", path, count_scale=7), counts())
    assert np.issubdtype(
        contacts.open_map(tmp_path / "in.mcool", 5000).pixels().dtypes["count"], np.integer
    )


def test_observed_over_expected_is_warned_of(take_in, tmp_path, caplog):
    # odd case 18
    bins = cooler.util.binnify(pd.Series(SIZES), 1000)
    matrix = decaying(len(bins), 400)
    one, two = np.triu_indices(len(bins))
    expected = pd.Series(matrix[one, two]).groupby(two - one).transform("mean").to_numpy()
    ratio = np.zeros(matrix.shape)
    ratio[one, two] = matrix[one, two] / np.where(expected > 0, expected, 1)
    path = write_cool(tmp_path / "oe.cool", ratio, resolution=1000, dtype=np.float64)
    take_in("cool", path)
    assert "the mean is near 1 at every distance, as of observed over expected" in caplog.text
    caplog.clear()
    fractions = write_cool(tmp_path / "f.cool", matrix * 1.01, resolution=1000, dtype=np.float64)
    take_in("cool", fractions)
    assert "observed over expected" not in caplog.text
    assert "values are fractions, no counts" in caplog.text


@pytest.mark.parametrize("value", [-1.5, np.nan, np.inf, 1e300])
def test_values_that_are_no_counts_are_rejected_with_their_place(take_in, tmp_path, value):
    # odd case 18
    matrix = counts().astype(float)
    matrix[3, 14] = matrix[14, 3] = value
    place = rf"count {value:g} of bins chrA:15000 and chrB:10000; expected: counts".replace(
        "+", "."
    )
    path = write_cool(tmp_path / "n.cool", matrix, dtype=np.float64)
    refused(take_in, place, "cool", path)
    np.savetxt(tmp_path / "n.txt", matrix)
    refused(take_in, f"row 4, column 15: {value:g}".replace("+", "."), "matrix", tmp_path / "n.txt")
    table, bins = write_geo(tmp_path, matrix)
    empty = tmp_path / "empty.txt"
    empty.write_text("cbin1\tcbin2\texpected_count\tobserved_count\n")
    refused(take_in, "empty.txt: the table has no rows", "geo_contacts", empty, seconds=[bins])
    if not np.isnan(value):  # a blank cell
        refused(take_in, place, "geo_contacts", table, seconds=[bins])


def test_counts_beyond_int32_keep_their_sum(take_in, tmp_path):
    matrix = counts() * 10**9
    np.savetxt(tmp_path / "huge.txt", matrix, fmt="%d")
    np.testing.assert_array_equal(take_in("matrix", tmp_path / "huge.txt"), matrix)
    coarse = contacts.open_map(tmp_path / "in.mcool", 10_000).pixels()[:]["count"].sum()
    assert coarse == np.triu(matrix).sum()


def test_a_matrix_with_the_lower_half_alone_is_read(take_in, tmp_path):
    np.savetxt(tmp_path / "l.txt", np.tril(counts()), fmt="%d")
    np.testing.assert_array_equal(take_in("matrix", tmp_path / "l.txt"), counts())


def test_a_group_of_a_file_is_read(take_in, tmp_path):
    matrix = counts()
    cool = write_cool(tmp_path / "a.cool", matrix)
    mcool = str(tmp_path / "a.mcool")
    cooler.zoomify_cooler(str(cool), mcool, [5000], 1000)
    for path in (mcool, f"{mcool}::/resolutions/5000", f"{mcool}::resolutions/5000", f"{cool}::/"):
        np.testing.assert_array_equal(take_in("mcool", path), matrix)
    one, two = f"{tmp_path}/two.cool::/one", f"{tmp_path}/two.cool::/two"
    write_cool(one, matrix)
    cooler.create_cooler(two, bin_table(), cooler.Cooler(one).pixels()[:5], mode="a")
    np.testing.assert_array_equal(take_in("cool", one), matrix)
    refused(take_in, "several maps of 5000 bp bins .*/one, /two.*; fix: name the group", "cool",
            tmp_path / "two.cool")  # fmt: skip
    refused(take_in, "no map in group '/three'; expected: one of /one, /two", "cool",
            f"{tmp_path}/two.cool::/three")  # fmt: skip


def test_damaged_and_other_files_are_named(take_in, tmp_path):
    # odd case 50
    whole = write_cool(tmp_path / "a.cool", np.pad(counts(), 0))
    data = whole.read_bytes()
    path = tmp_path / "x.cool"
    path.write_bytes(data[: (size := len(data) * 2 // 3)])
    message = rf"x\.cool: the map is truncated \({size} of {len(data)} bytes\)"
    refused(take_in, message, "cool", path)
    path.write_bytes(gzip.compress(data))
    refused(take_in, "compressed by gzip; fix: gunzip it", "cool", path)
    path.write_bytes(b"HIC\0" + bytes(50))
    refused(take_in, "a .hic file; .*kind hic", "cool", path)
    with h5py.File(path, "w") as handle:
        handle["x"] = 1
    refused(take_in, "an HDF5 file without contact map", "cool", path)


def test_a_map_whose_pixels_cannot_be_read_is_damaged(take_in, tmp_path):
    # odd case 50: the tables are there, a chunk of counts is overwritten
    path = write_cool(tmp_path / "x.cool", counts())
    with h5py.File(path) as handle:
        chunk = handle["pixels/count"].id.get_chunk_info(0)
    with path.open("r+b") as handle:
        handle.seek(chunk.byte_offset)
        handle.write(bytes([255]) * chunk.size)
    refused(take_in, "damaged or incomplete map", "cool", path)


@pytest.mark.parametrize("libver", ["earliest", "v108", "v110", "latest"])
def test_the_size_of_an_hdf5_file_is_that_of_its_superblock(tmp_path, libver):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", libver=libver) as handle:
        handle["x"] = np.arange(1000)
    assert end_of_hdf5(path.read_bytes()[:48]) == path.stat().st_size
    assert end_of_hdf5(b"\x89HDF") == 0


def test_open_map_names_a_damaged_file(tmp_path):
    path = tmp_path / "x.mcool"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(UserError, match=r"x\.mcool: damaged or incomplete map"):
        contacts.open_map(path, 5000)


@pytest.mark.parametrize("seed", range(24))
def test_a_map_in_any_odd_form_has_the_counts_of_the_dense_matrix(tmp_path, seed):
    """Holes, a region, another order and names of chromosomes, square storage, repeated pixels."""
    rng = np.random.default_rng(seed)
    matrix = counts(seed) * (rng.random((BINS, BINS)) < 0.7)
    matrix = np.triu(matrix) + np.triu(matrix, 1).T
    bins = bin_table().astype({"chrom": str})
    kept = np.sort(rng.choice(BINS, rng.integers(6, BINS + 1), replace=False))
    if rng.random() < 0.3:
        first = int(rng.integers(0, BINS - 5))
        kept = np.arange(first, rng.integers(first + 4, BINS + 1))
    if rng.random() < 0.5:  # chrB first
        kept = np.r_[kept[kept >= 12], kept[kept < 12]]
    part, square = matrix[np.ix_(kept, kept)], rng.random() < 0.5
    one, two = np.nonzero(part if square else np.triu(part))
    pixels = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": part[one, two]})
    copies = np.zeros(len(pixels), bool)
    if not square and rng.random() < 0.7:
        # cooler's files have room for each pair of bins once
        room = len(kept) * (len(kept) + 1) // 2 - len(pixels)
        copies = rng.random(len(pixels)) < 0.2
        copies &= np.cumsum(copies) <= room
    pixels = pd.concat([pixels, pixels[copies]]).sort_values(["bin1_id", "bin2_id"])
    table = bins.iloc[kept].reset_index(drop=True)
    if rng.random() < 0.5:
        table["chrom"] = table.chrom.str.removeprefix("chr")
    path = f"{tmp_path}/odd.cool" + ("::/maps/a" if rng.random() < 0.5 else "")
    cooler.create_cooler(path, table, pixels, symmetric_upper=not square, triucheck=False,
                         dupcheck=False, dtypes={"count": rng.choice([np.int32, np.float64])},
                         ordered=True)  # fmt: skip
    found = read_cool(path, SIZES, 5000)
    dense = np.zeros((BINS, BINS))
    for pixel in pd.concat(found.pixels()).itertuples():
        dense[pixel.bin1_id, pixel.bin2_id] += pixel[3]
    expected = symmetric_sum(matrix, kept, one[copies], two[copies], part)
    np.testing.assert_array_equal(dense, np.triu(expected))


def symmetric_sum(matrix, kept, one, two, part):
    """The matrix of these bins, with pixels (of the map's bins) counted once more."""
    expected = only(matrix, kept).astype(float)
    for i, j in zip(one, two, strict=True):
        a, b = kept[i], kept[j]
        expected[a, b] += part[i, j]
        if a != b:
            expected[b, a] += part[i, j]
    return expected
