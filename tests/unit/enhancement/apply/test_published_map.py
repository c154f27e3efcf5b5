"""Published networks on maps: tiles and range of the authors' code, and the files that come out."""

import dataclasses
import importlib
import logging

import cooler
import keras
import numpy as np
import pandas as pd
import pytest
from enhanced_example import BALANCE, COARSEGRAIN, SETTINGS, counts, write_cool
from scipy.sparse import csr_matrix, triu

from workflow_scripts.chromaloom.genomics.contact_maps import balance_map
from workflow_scripts.chromaloom.genomics.contacts import observed_expected
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply import apply_image, apply_published
from workflow_scripts.enhancement.apply.agreement import pearson
from workflow_scripts.enhancement.apply.published_map import (
    chromosome_contacts,
    clipped_fraction,
    contact_band,
    contacts_beyond,
    enhance_published,
    network_range,
)
from workflow_scripts.enhancement.config.published import PUBLISHED, REACH
from workflow_scripts.enhancement.models.image_models import build_hicplus

DEEPHIC, HICPLUS = PUBLISHED["deephic_raw_16"], PUBLISHED["hicplus_hindiii"]
EMPTY = (0, 1, 50, 51, 52, 90, 259)


@pytest.fixture
def contacts():
    """Counts of 260 bins, seven of them empty."""
    return csr_matrix(counts(260, empty=EMPTY).astype(float))


def known_bins(contacts):
    return np.asarray(contacts.sum(axis=1)).ravel() > 0


def identity(model):
    """A network that returns the center of its input."""
    inner = slice(model.margin, model.margin + model.tile)
    return lambda low: low[:, inner, inner]


@pytest.mark.parametrize("model", [DEEPHIC, HICPLUS], ids=["deephic", "hicplus"])
def test_every_pixel_of_the_tiles_goes_back_to_its_place(model, contacts):
    known = known_bins(contacts)
    wide = dataclasses.replace(model, clip_value=1e6, output=model.divisor / model.scale)
    band, facts = enhance_published(contacts, known, identity(wide), wide)
    assert facts["masked"] == len(EMPTY)
    wanted = contact_band(contacts, known)
    assert band.shape == (260, REACH)
    # all pixels up to 200 bins from the diagonal are there, those of empty bins are not
    np.testing.assert_array_equal(np.isnan(band), np.isnan(wanted))
    np.testing.assert_allclose(band, wanted, rtol=1e-5)
    partner = np.add.outer(np.arange(260), np.arange(REACH))
    hidden = ~known[:, None] | (partner > 259) | ~known[np.minimum(partner, 259)]
    np.testing.assert_array_equal(np.isnan(band), hidden)


def test_deephic_joins_what_lies_around_empty_bins_and_hicplus_does_not(contacts):
    known, seen = known_bins(contacts), []

    def keep(low):
        seen.extend(low)
        return low[:, : DEEPHIC.tile, : DEEPHIC.tile]

    enhance_published(contacts, known, keep, DEEPHIC)
    dense = contacts.toarray()[known][:, known]
    np.testing.assert_allclose(seen[0], np.minimum(dense[:40, :40], 100) / 100, rtol=1e-6)
    assert len(seen[0]) == 40
    seen.clear()
    inner = slice(6, 34)
    enhance_published(contacts, known, lambda low: (seen.extend(low), low[:, inner, inner])[1],
                      HICPLUS)  # fmt: skip
    # 40 bins, of which the first 6 are before the chromosome
    wanted = np.pad(contacts.toarray()[:34, :34], ((6, 0), (6, 0))) * 16
    np.testing.assert_allclose(seen[0], np.minimum(wanted, 100))


def test_counts_are_clipped_and_scaled_as_the_network_was_trained():
    tile = np.array([[0.0, 5.0, 30.0, 500.0]])
    for name, wanted in {
        "deephic_raw_16": [0, 0.05, 0.3, 1], "deephic_raw_25": [0, 5 / 80, 30 / 80, 1],
        "deephic_raw_50": [0, 0.1, 0.6, 1], "deephic_raw_100": [0, 0.2, 1, 1],
        "deephic_kr_16": [0, 0.05, 0.3, 1], "hicplus_hindiii": [0, 80, 100, 100],
    }.items():  # fmt: skip
        np.testing.assert_allclose(network_range(tile, PUBLISHED[name]), [wanted], err_msg=name)
    some = csr_matrix(np.array([[3.0, 7.0], [7.0, 0.0]]))
    # 6.25 * 16 = 100
    assert clipped_fraction(some, HICPLUS) == pytest.approx(2 / 3)
    assert clipped_fraction(csr_matrix((2, 2)), HICPLUS) == 0


def test_a_network_that_is_not_symmetric_gives_the_mean_of_both_sides(contacts):
    known = known_bins(contacts)
    model = dataclasses.replace(DEEPHIC, output=1.0)

    def rows(low):
        # each pixel's row in its tile
        return np.broadcast_to(np.arange(40.0)[None, :, None], low.shape)

    band, _ = enhance_published(contacts, known, rows, model)
    order = np.cumsum(known) - 1
    for one, two in ((2, 2), (3, 60), (100, 240), (130, 131)):
        assert band[one, two - one] == (order[one] % 40 + order[two] % 40) / 2


def test_contacts_beyond_the_reach_are_counted():
    matrix = np.zeros((300, 300))
    matrix[0, 200], matrix[0, 201], matrix[5, 299] = 4, 3, 1
    found = contacts_beyond(csr_matrix(matrix + matrix.T))
    assert found == {"pixels_beyond": 2, "fraction_beyond": 0.5}
    assert np.isnan(contacts_beyond(csr_matrix((3, 3)))["fraction_beyond"])


def test_balanced_contacts_are_in_units_of_counts(tmp_path):
    matrix = counts(80, depth=400, empty=(7,))
    path = write_cool(tmp_path / "a.cool", {"c": matrix})
    clr = cooler.Cooler(path)
    with clr.open("r+") as group:
        weight = np.full(80, 0.03)
        weight[[7, 30]] = np.nan
        group["bins"].create_dataset("weight", data=weight)
    # equal weights, whatever they are, change nothing; masked bins have no contacts
    found, known = chromosome_contacts(clr, "c", PUBLISHED["deephic_kr_16"])
    wanted = matrix.astype(float)
    wanted[30] = wanted[:, 30] = 0
    np.testing.assert_array_equal(found.toarray(), wanted)
    np.testing.assert_array_equal(np.flatnonzero(~known), [7, 30])
    # a network of counts reads counts
    raw, seen = chromosome_contacts(clr, "c", DEEPHIC)
    np.testing.assert_array_equal(raw.toarray(), matrix)
    np.testing.assert_array_equal(np.flatnonzero(~seen), [7])


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run enhance with a small network in place of the published one's file."""
    module = importlib.import_module("workflow_scripts.enhancement.apply.apply_image")
    monkeypatch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")
    weights = tmp_path / "weights"
    weights.write_bytes(b"weights")

    def load(method, path, size):
        given = keras.Input((size, size, 1))
        return keras.Model(given, keras.layers.Cropping2D(0 if method == "deephic" else 6)(given))

    monkeypatch.setattr(apply_published, "load_published", load)

    def start(contacts, model="deephic_raw_16", resolution=5000, factor=2, group=""):
        out = {name: str(tmp_path / f"out.{name}") for name in ("cool", "mcool")}
        apply_image.main(
            contacts, str(weights), name="mine", model=model, resolution=resolution, window=200,
            factor=factor, coarsegrain=COARSEGRAIN, balance=BALANCE, circular=[], seed=0,
            checkpoints=str(tmp_path / "kept"), gpu=0, threads=1, settings=SETTINGS, **out,
            group=group, summary=str(tmp_path / "out.tsv"),
        )  # fmt: skip
        return out, pd.read_csv(tmp_path / "out.tsv", sep="\t").set_index("chrom")

    return start


def test_enhance_writes_counts_without_weights(run, tmp_path, caplog):
    matrix = counts(90, empty=(4,))
    path = write_cool(tmp_path / "a.cool", {"c": matrix, "nothing": 0 * matrix}, 10_000)
    with caplog.at_level(logging.WARNING, "chromaloom"):
        out, table = run(path)
    # the identity in place of the network: clipped at 100 and scaled to full depth
    clr = cooler.Cooler(out["cool"])
    wanted = np.minimum(matrix, 100) / 100 * 255
    np.testing.assert_allclose(clr.matrix(balance=False).fetch("c"), wanted, rtol=1e-5)
    assert clr.matrix(balance=False).fetch("nothing").sum() == 0
    assert "weight" not in clr.bins().columns
    assert clr.info["metadata"]["unit"] == "counts of a map with 16 times the contacts of the input"
    assert (table.loc["c", "bins"], table.loc["c", "masked"]) == (90, 1)
    assert table.loc["c", "windows"] == 6
    assert table.loc["nothing", "windows"] == 0
    assert table.loc["c", "r"] > 0.9
    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warned == [
        f"{path}: neither chromosome 1 nor 21 of a human assembly; deephic_raw_16 was trained on"
        " human cells, and never tested on others"
    ]


def test_enhance_with_a_network_of_balanced_contacts_writes_a_balanced_map(run, tmp_path):
    path = write_cool(tmp_path / "a.cool", {"c": counts(90, depth=300, empty=(4,))}, 10_000)
    balance_map(path, "a", BALANCE)
    out, _ = run(path, "deephic_kr_16")
    weight = cooler.Cooler(out["cool"]).bins()["weight"][:]
    np.testing.assert_array_equal(np.isnan(weight), np.arange(90) == 4)
    assert (weight.dropna() == 1).all()


def test_other_bins_than_10_kb_are_warned_about(run, tmp_path, caplog):
    human = {"chr21": counts(963)[:963, :963]}
    path = write_cool(tmp_path / "a.cool", human, 50_000, last=963 * 50_000 - 48_129_895)
    with caplog.at_level(logging.WARNING, "chromaloom"):
        out, _ = run(path, "hicplus_3400", resolution=50_000, factor=1)
    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert warned == [
        f"{path}: no map of 10000 bp, the bins that hicplus_3400 was trained on; bins of 50000 bp"
        " are read, for which it was never tested"
    ]
    assert cooler.Cooler(out["cool"]).binsize == 50_000
    assert cooler.Cooler(out["cool"]).info["metadata"]["unit"] == "counts"


def test_one_of_several_maps_of_a_file_is_enhanced_by_its_group(run, tmp_path):
    one, two = counts(60), counts(60, seed=4)
    path = write_cool(tmp_path / "a.cool", {"c": one}, 10_000)
    cooler.fileops.cp(write_cool(tmp_path / "b.cool", {"c": two}, 10_000), f"{path}::cells/2")
    out, _ = run(path, group="cells/2")
    clr = cooler.Cooler(out["cool"])
    wanted = np.minimum(two, 100) / 100 * 255
    np.testing.assert_allclose(clr.matrix(balance=False).fetch("c"), wanted, rtol=1e-5)
    assert clr.info["metadata"]["input"] == "a.cool"


def test_maps_without_counts_or_contacts_are_refused(run, tmp_path):
    matrix = counts(60)
    balanced = write_cool(tmp_path / "a.cool", {"c": matrix * 0.0123}, 10_000)
    with cooler.Cooler(balanced).open("r+") as group:
        del group["pixels/count"]
        i, j = np.nonzero(np.triu(matrix))
        group["pixels"].create_dataset("count", data=matrix[i, j] * 0.0123)
    with pytest.raises(
        UserError, match=r"a single contact is 0\.0123\), which deephic_raw_16 reads"
    ):
        run(balanced)
    empty = write_cool(tmp_path / "b.cool", {"c": matrix * 0}, 10_000)
    with pytest.raises(UserError, match="no contacts within chromosomes at 10000 bp"):
        run(empty)
    with pytest.raises(UserError, match="no map of 10000 bp bins"):
        run(write_cool(tmp_path / "c.cool", {"c": matrix}, 1000))


def test_hicplus_in_tiles_is_hicplus_on_the_whole_map(contacts):
    # unpadded convolutions: a pixel depends on its 13 x 13 bins only, not on its tile
    known = np.ones(260, bool)
    tile, whole = build_hicplus(size=40, crop=6, seed=1), build_hicplus(size=272, crop=6, seed=1)
    whole.set_weights(tile.get_weights())
    band, _ = enhance_published(
        contacts, known, lambda low: tile.predict_on_batch(low[..., None])[..., 0], HICPLUS
    )
    low = np.minimum(np.pad(contacts.toarray(), 6) * 16, 100).astype("float32")
    found = whole.predict_on_batch(low[None, ..., None])[0, ..., 0]
    found = (found + found.T) / 2
    for distance in (0, 1, 27, 28, 100, 200):
        np.testing.assert_allclose(band[: 260 - distance, distance], np.diagonal(found, distance),
                                   rtol=1e-4, atol=1e-4)  # fmt: skip


@pytest.mark.real
@pytest.mark.parametrize("name", ["deephic_raw_16", "hicplus_hindiii"])
def test_a_sixteenth_of_the_human_map_is_enhanced_to_the_level_of_the_whole(name, real_data):
    path = real_data / "human" / "GM12878.hg19.chr21.10kb.cool"
    model = PUBLISHED[name]
    if not path.is_file() or not (real_data / "weights" / model.file).is_file():
        pytest.skip("no human map or no published weights")
    counted = cooler.Cooler(str(path)).matrix(balance=False).fetch("chr21:20,000,000-28,000,000")
    full = csr_matrix(counted.astype(float))
    upper = triu(full).tocoo()
    drawn = np.random.default_rng(0).binomial(upper.data.astype(int), 1 / 16)
    half = csr_matrix((drawn.astype(float), (upper.row, upper.col)), shape=full.shape)
    low = half + triu(half, 1).T
    known = known_bins(low)
    predict = apply_published.published_predictor(model, real_data / "weights" / model.file)
    band, _ = enhance_published(low, known, predict, model)
    truth = contact_band(full, known)
    # the output has the contacts of the whole map, and not those of its input
    assert 0.9 < np.nansum(band[:, 2:]) / np.nansum(truth[:, 2:]) < 1.15
    # judged by the contacts that were not drawn: the whole map has those of the input, too
    rest = contact_band((full - low).tocsr(), known)
    given = contact_band(low, known)
    r = {key: pearson(observed_expected(one)[:, 2:51], observed_expected(rest)[:, 2:51])
         for key, one in {"model": band, "input": given}.items()}  # fmt: skip
    assert r["model"] > r["input"] + 0.2
