"""Maps of odd origin give the enhanced map of the same contacts in the usual form."""

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest
from enhanced_example import BALANCE, FACTOR, FINE, counts, identity, tiling, write_cool

from workflow_scripts.chromaloom.genomics.contact_maps import balance_map
from workflow_scripts.enhancement.apply.input_map import input_map
from workflow_scripts.enhancement.apply.predict_map import enhance_chromosome

SIZE = FINE * FACTOR


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """A balanced map of counts, with bins of very different coverage and an empty chromosome."""
    folder = tmp_path_factory.mktemp("usual")
    bias = np.random.default_rng(7).uniform(0.5, 1.5, 60)
    mean = counts(60, depth=400) * np.outer(bias, bias)
    found = np.triu(np.random.default_rng(8).poisson(mean))
    path = write_cool(
        folder / "usual.cool",
        {"c": found + np.triu(found, 1).T, "none": np.zeros((30, 30), int)},
        SIZE,
    )
    balance_map(path, "usual", BALANCE)
    return path


def rewritten(usual, path, change, **columns):
    """The map with changed pixels, and columns of the bins (None: no weights)."""
    clr = cooler.Cooler(usual)
    bins, weight = clr.bins()[["chrom", "start", "end"]][:], clr.bins()["weight"][:].to_numpy()
    pixels = change(clr.pixels()[:], weight)
    kinds = {"count": np.float64 if (pixels["count"] % 1).any() else np.int32}
    cooler.create_cooler(str(path), bins, iter([pixels]), dtypes=kinds, ordered=True,
                         dupcheck=False)  # fmt: skip
    with h5py.File(path, "r+") as handle:
        for name, values in columns.items():
            handle[f"bins/{name}"] = values
    return str(path)


def enhanced(path, folder):
    """The band that an identity model makes of a map, and how the map is balanced."""
    folder.mkdir()
    clr, how = input_map(path, SIZE, str(folder), BALANCE)
    band, _, _ = enhance_chromosome(clr, "c", identity, tiling(), circular=False)
    return band, how


def balanced_values(pixels, weight):
    """Balanced contacts in place of counts."""
    factor = weight[pixels.bin1_id] * weight[pixels.bin2_id]
    return pixels.assign(count=pixels["count"] * factor).dropna()


def agree(one, two):
    """Correlation of the logarithms of two bands, which have values at the same places."""
    assert (np.isfinite(one) == np.isfinite(two)).all()
    known = np.isfinite(one) & (one > 0) & (two > 0)
    assert known.sum() > 1000
    return np.corrcoef(np.log(one[known]), np.log(two[known]))[0, 1]


def test_duplicate_pixels_of_a_map_to_enhance_are_summed(usual, tmp_path):
    # FAULTS C9
    def split(pixels, _):
        parts = [pixels.assign(count=pixels["count"] // 3),
                 pixels.assign(count=pixels["count"] - pixels["count"] // 3)]  # fmt: skip
        return pd.concat(parts).query("count > 0").sort_values(["bin1_id", "bin2_id"])

    weight = cooler.Cooler(usual).bins()["weight"][:].to_numpy()
    twice = rewritten(usual, tmp_path / "twice.cool", split, weight=weight)
    given, how = enhanced(usual, tmp_path / "1")
    found, _ = enhanced(twice, tmp_path / "2")
    assert how == "weights of the file"
    np.testing.assert_allclose(found, given)


def test_weights_of_the_other_kind_are_not_used(usual, tmp_path, caplog):
    # odd case 2: the sum was 7e7 for 117
    weight = cooler.Cooler(usual).bins()["weight"][:].to_numpy()
    path = rewritten(usual, tmp_path / "d.cool", lambda pixels, _: pixels, weight=1 / weight)
    before = (tmp_path / "d.cool").read_bytes()
    found, how = enhanced(path, tmp_path / "2")
    given, _ = enhanced(usual, tmp_path / "1")
    assert how == "balanced with contacts.balance"
    assert np.nansum(found) == pytest.approx(np.nansum(given), rel=0.01)
    assert agree(found, given) > 0.999
    assert "do not balance it (they divide" in caplog.text
    assert (tmp_path / "d.cool").read_bytes() == before


def test_weights_of_a_whole_genome_are_kept_for_a_chromosome(usual, tmp_path):
    # without the contacts with other chromosomes the sums differ by 0.1 to 0.2
    weight = cooler.Cooler(usual).bins()["weight"][:].to_numpy()
    weight = weight * np.random.default_rng(0).uniform(0.8, 1.2, 90)
    path = rewritten(usual, tmp_path / "g.cool", lambda pixels, _: pixels, weight=weight)
    assert enhanced(path, tmp_path / "1")[1] == "weights of the file"


def test_weights_that_balance_nothing_are_not_used(usual, tmp_path, caplog):
    some = np.random.default_rng(0).uniform(0.1, 2, 90)
    path = rewritten(usual, tmp_path / "d.cool", lambda pixels, _: pixels, weight=some)
    _, how = enhanced(path, tmp_path / "1")
    assert how == "balanced with contacts.balance"
    assert "its weights do not balance it;" in caplog.text


def test_balanced_contacts_as_counts_are_no_shallow_map(usual, tmp_path, caplog):
    # odd case 3: each pixel, far below `cutoff` contacts, was averaged with its neighbors
    path = rewritten(usual, tmp_path / "f.cool", balanced_values)
    found, how = enhanced(path, tmp_path / "2")
    given, _ = enhanced(usual, tmp_path / "1")
    assert how == "balanced already"
    assert agree(found, given) > 0.99
    assert np.nansum(found) == pytest.approx(np.nansum(given), rel=0.05)
    assert "pixels are no counts" in caplog.text


def test_fractional_counts_with_weights_keep_them(usual, tmp_path):
    # such as an enhanced map: weights 1, balanced contacts as counts
    path = rewritten(usual, tmp_path / "f.cool", balanced_values, weight=np.ones(90))
    found, how = enhanced(path, tmp_path / "2")
    given, _ = enhanced(usual, tmp_path / "1")
    assert how == "weights of the file"
    assert agree(found, given) > 0.99


def test_small_fractions_that_are_not_balanced_are_balanced_in_contacts(usual, tmp_path):
    path = rewritten(usual, tmp_path / "m.cool",
                     lambda pixels, _: pixels.assign(count=pixels["count"] / 1e6))  # fmt: skip
    found, how = enhanced(path, tmp_path / "2")
    given, _ = enhanced(usual, tmp_path / "1")
    assert how == "balanced with contacts.balance"
    assert agree(found, given) > 0.999
