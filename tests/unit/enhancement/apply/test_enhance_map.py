import importlib
import logging
import zipfile

import cooler
import keras
import numpy as np
import pandas as pd
import pytest
from enhanced_example import (
    BALANCE,
    COARSEGRAIN,
    FACTOR,
    FINE,
    SETTINGS,
    coarsened,
    counts,
    identity,
    tiling,
    write_cool,
)

from workflow_scripts.chromaloom.genomics.contact_maps import balance_map
from workflow_scripts.chromaloom.ml.network_input import add_input_facts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply import apply_image, enhance_map
from workflow_scripts.enhancement.apply.agreement import beyond_reach, mask_partial_pixels
from workflow_scripts.enhancement.apply.enhanced_files import zoom_levels
from workflow_scripts.enhancement.apply.predict_map import enhance_chromosome, scale_shift
from workflow_scripts.enhancement.apply.stitch import pool_band
from workflow_scripts.enhancement.data.dataset import EnhancementData, EnhancementWriter
from workflow_scripts.enhancement.data.image_data import scale_shifts


@pytest.fixture(scope="module", autouse=True)
def device():
    module = importlib.import_module("workflow_scripts.enhancement.apply.apply_image")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")
        yield


@pytest.fixture(scope="module")
def low(tmp_path_factory):
    """A balanced map at the coarse bins, with an empty stretch and a chromosome too short."""
    folder = tmp_path_factory.mktemp("map")
    fine = write_cool(folder / "fine.cool", {"a": counts(81, empty=range(30, 34)),
                                             "b": counts(60, seed=1),
                                             "short": counts(10, seed=2)})  # fmt: skip
    path = coarsened(fine, folder / "low.cool")
    balance_map(path, "low", BALANCE)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A Keras model that crops its input: the identity."""
    path = tmp_path_factory.mktemp("model") / "identity.keras"
    given = keras.Input((24, 24, 1))
    keras.Model(given, keras.layers.Cropping2D(2)(given)).save(path)
    return str(path)


@pytest.fixture
def run(tmp_path, low, model):
    def start(contacts=low, network=model, **changes):
        settings = {**SETTINGS, **{k: changes.pop(k) for k in list(changes) if k in SETTINGS}}
        given = dict(name="mine", model="image", resolution=FINE, window=24, factor=FACTOR,
                     coarsegrain=COARSEGRAIN, balance=BALANCE, circular=["elsewhere"], seed=0,
                     checkpoints=str(tmp_path / "kept"), gpu=0, threads=1)  # fmt: skip
        out = {name: str(tmp_path / f"out.{name}") for name in ("cool", "mcool")}
        apply_image.main(contacts, network, **{**given, **changes}, settings=settings, **out,
                         summary=str(tmp_path / "out.tsv"))  # fmt: skip
        return out, pd.read_csv(tmp_path / "out.tsv", sep="\t").set_index("chrom")

    return start


def test_a_file_of_another_program_is_used_with_one_warning(run, caplog):
    """FAULTS C10: a .keras without facts of its input was accepted by its shape alone."""
    with caplog.at_level(logging.WARNING, "chromaloom"):
        run()
    (line,) = [r.getMessage() for r in caplog.records if "what it was trained on" in r.message]
    assert "\n" not in line
    for key in ("resolution", "low_resolution.factor", "coarsegrain"):
        assert key in line


def test_an_identity_model_returns_the_input(tmp_path):
    path = write_cool(tmp_path / "deep.cool", {"c": counts(60, depth=30000)}, FINE * FACTOR)
    balance_map(path, "c", BALANCE)
    clr = cooler.Cooler(path)
    band, given, facts = enhance_chromosome(clr, "c", identity, tiling(), circular=False)
    assert facts == {"bins": 60, "masked": 0, "windows": facts["windows"], "skipped_windows": 0}
    # beside the main diagonal, which the finer map would have three pixels of and not four; what
    # is lost is that bilinear interpolation smooths
    reach = (tiling().reach - FACTOR) // FACTOR + 1
    pooled = pool_band(band, FACTOR)[:, 1:reach]
    known = np.isfinite(given[:, 1:reach])
    assert np.corrcoef(pooled[known], given[:, 1:reach][known])[0, 1] > 0.97
    # and the level is right, although nothing was scaled
    assert pooled[known].sum() == pytest.approx(given[:, 1:reach][known].sum(), rel=0.05)
    # windows leave no trace: one that holds the whole chromosome gives the same
    whole = tiling(window=124, inner=120, overlap=0.99)
    _, _, found = enhance_chromosome(clr, "c", identity, whole, circular=True)
    assert found["windows"] == 0  # longer than the chromosome
    middle = tiling(window=120, inner=116, overlap=0.5)
    alone, _, _ = enhance_chromosome(clr, "c", identity, middle, circular=False)
    both = np.isfinite(band) & np.isfinite(alone[:, : band.shape[1]])
    assert both.sum() > 1000
    assert np.corrcoef(np.log(band[both]), np.log(alone[:, : band.shape[1]][both]))[0, 1] > 0.995


def test_one_map_of_a_file_with_several_is_enhanced_by_its_group(run, low, tmp_path):
    two = str(tmp_path / "two.cool")
    cooler.fileops.cp(low, f"{two}::/cells/1")
    bins = cooler.Cooler(low).bins()[:][["chrom", "start", "end"]]
    cooler.create_cooler(f"{two}::/cells/2", bins, cooler.Cooler(low).pixels()[:9], mode="a")
    with pytest.raises(UserError, match=r"several maps of .* bins \(/cells/1, /cells/2\)"):
        run(two)
    out, alone = run()
    expected = cooler.Cooler(out["cool"]).pixels()[:]
    out, found = run(two, group="/cells/1")
    assert cooler.Cooler(out["cool"]).pixels()[:].equals(expected)
    assert found.r.equals(alone.r)


def test_windows_beyond_the_reach_of_a_dense_model_are_not_made_up(low):
    band, given, _ = enhance_chromosome(cooler.Cooler(low), "a", identity, tiling(), circular=False)
    masked = np.isnan(given[:, 0])
    assert masked.sum() == 2
    hidden = np.repeat(masked, FACTOR)
    assert np.isnan(band[hidden]).all()
    assert np.isfinite(band[~hidden, 0][:-1]).all()
    assert np.isnan(band[81:]).all()  # the coarse bins hold one fine bin more than there is
    cut = mask_partial_pixels(np.ones((20, 9)), 2)
    i, d = np.indices(cut.shape)
    there = i + d < 20
    assert (np.isfinite(cut) == ((i + d) // 2 - i // 2 <= 3))[there].all()


def test_the_output_opens_in_cooler_and_sums_to_the_input(run, low, tmp_path):
    out, summary = run()
    clr, given = cooler.Cooler(out["cool"]), cooler.Cooler(low)
    assert clr.binsize == FINE
    assert dict(clr.chromsizes) == dict(given.chromsizes)
    assert cooler.fileops.is_cooler(out["cool"])
    pixels = clr.pixels()[:]
    assert (pixels.bin1_id <= pixels.bin2_id).all()
    assert not pixels.duplicated(["bin1_id", "bin2_id"]).any()
    assert (pixels["count"] > 0).all()
    assert pixels.equals(pixels.sort_values(["bin1_id", "bin2_id"]))
    # cooler's own coarsening, not ours
    back = cooler.Cooler(coarsened(out["cool"], tmp_path / "back.cool"))
    for chrom in ("a", "b"):
        one = back.matrix(balance=False).fetch(chrom)
        two = given.matrix(balance=True).fetch(chrom)
        i, j = np.triu_indices(len(one))
        near = (j - i <= (tiling().reach - FACTOR) // FACTOR) & np.isfinite(two[i, j])
        np.testing.assert_allclose(one[i, j][near], two[i, j][near], rtol=1e-9)
        assert (one[i, j][~near] == 0).all()
    assert summary.r[["a", "b"]].min() > 0.999999
    assert summary.r_model[["a", "b"]].min() > 0.85
    # how far the map is from those made without a model; there is no measured fine map
    assert summary.r_oe_with_bilinear_conserved[["a", "b"]].min() > 0.999
    assert summary.r_oe_measured.isna().all()
    assert summary.windows["short"] == 0
    assert summary.fraction_beyond["short"] == 1


def test_a_file_with_the_finer_bins_gives_the_gain_over_plain_maps(run, tmp_path):
    fine = write_cool(tmp_path / "fine.cool", {"b": counts(120, depth=2000, seed=1)})
    path = str(tmp_path / "both.mcool")
    cooler.zoomify_cooler(fine, path, [FINE, FINE * FACTOR], chunksize=10**6)
    for size in (FINE, FINE * FACTOR):
        balance_map(f"{path}::resolutions/{size}", "both", BALANCE)
    _, summary = run(path)
    row = summary.loc["b"]
    # the identity adds nothing to bilinear interpolation
    assert row.r_oe_measured == pytest.approx(row.r_oe_measured_bilinear_conserved)
    assert 0.5 < row.r_oe_measured_repeated < 1


def test_masks_are_the_input_s(run, low):
    out, summary = run()
    fine = cooler.Cooler(out["cool"]).bins()[:]
    coarse = cooler.Cooler(low).bins()[:].set_index(["chrom", "start"]).weight
    hidden = fine[fine.chrom != "short"]
    above = [coarse[chrom, start // 2000 * 2000] for chrom, start in
             zip(hidden.chrom, hidden.start, strict=True)]  # fmt: skip
    assert (hidden.weight.isna().to_numpy() == np.isnan(above)).all()
    assert fine.weight[fine.chrom == "short"].isna().all()
    assert summary.masked["a"] == 2


def test_coarser_levels_have_the_same_contacts(run):
    out, _ = run()
    levels = [int(uri.rsplit("/", 1)[1]) for uri in cooler.fileops.list_coolers(out["mcool"])]
    total = cooler.Cooler(out["cool"]).pixels()[:]["count"].sum()
    sizes = cooler.Cooler(out["cool"]).chromsizes
    assert sorted(levels) == zoom_levels(sizes, FINE)
    for level in levels:
        clr = cooler.Cooler(f"{out['mcool']}::resolutions/{level}")
        assert clr.pixels()[:]["count"].sum() == pytest.approx(total)
        assert set(clr.bins()["weight"][:].dropna()) == {1.0}
    human = pd.Series({"x": 3_100_000_000})
    assert zoom_levels(human, 5000)[-1] * 256 >= 3_100_000_000 > zoom_levels(human, 5000)[-2] * 256


def test_the_same_input_gives_the_same_bytes(run, tmp_path):
    def contents():
        out, _ = run()
        return [(tmp_path / f"out.{name}").read_bytes() for name in out]

    assert contents() == contents()


def test_without_conserving_the_sums_are_the_model_s(run):
    _, summary = run(conserve="none")
    assert (summary.r == summary.r_model)[["a", "b"]].all()
    assert summary.r["b"] < 0.999999


def test_a_circle_has_no_ends(tmp_path):
    matrix = counts(60, seed=3)
    path = write_cool(tmp_path / "c.cool", {"c": matrix}, FINE * FACTOR)
    balance_map(path, "c", BALANCE)
    clr = cooler.Cooler(path)
    band, _, _ = enhance_chromosome(clr, "c", identity, tiling(), circular=True)
    # the same circle, cut elsewhere, by some steps of the windows
    turned = write_cool(tmp_path / "t.cool", {"c": np.roll(matrix, 32, (0, 1))}, FINE * FACTOR)
    balance_map(turned, "t", BALANCE)
    other, _, _ = enhance_chromosome(cooler.Cooler(turned), "c", identity, tiling(), circular=True)
    assert np.isfinite(band).sum() == np.isfinite(other).sum() > 60 * 2 * 10
    both = np.corrcoef(np.nan_to_num(np.roll(band, 64, 0)).ravel(), np.nan_to_num(other).ravel())
    assert both[0, 1] > 0.99
    straight, _, _ = enhance_chromosome(clr, "c", identity, tiling(), circular=False)
    assert np.isnan(straight[-1, 1])
    assert np.isfinite(band[-1, 1])


def test_contacts_beyond_the_reach_are_counted(tmp_path):
    matrix = counts(40, seed=4)
    path = write_cool(tmp_path / "c.cool", {"c": matrix})
    balance_map(path, "c", {**BALANCE, "min_nnz": 0})
    balanced = cooler.Cooler(path).matrix(balance=True).fetch("c")
    i, j = np.triu_indices(40)
    values = balanced[i, j]
    for circular in (False, True):
        apart = np.minimum(j - i, 40 - (j - i)) if circular else j - i
        found = beyond_reach(cooler.Cooler(path), "c", 12, circular=circular)
        assert found["pixels_beyond"] == (values[apart >= 12] > 0).sum()
        assert found["fraction_beyond"] == pytest.approx(values[apart >= 12].sum() / values.sum())


def test_a_map_without_weights_is_balanced_first(run, tmp_path):
    plain = write_cool(tmp_path / "plain.cool", {"b": counts(60, seed=1)}, FINE * FACTOR)
    before = (tmp_path / "plain.cool").read_bytes()
    _, summary = run(plain)
    assert summary.r["b"] > 0.999
    assert (tmp_path / "plain.cool").read_bytes() == before


def test_an_error_of_enhance_has_one_line(run, tmp_path, low, model):
    fine = write_cool(tmp_path / "fine.cool", {"b": counts(60)})
    for changes, words in [
        ({"contacts": fine}, "no map of 2000 bp bins; .*: 1000"),
        ({"circular": ["chrX"]}, "no chromosome 'chrX'; available: a, b, short"),
        ({"network": low}, "not a Keras model"),
        ({"window": 30}, r"input is \(24, 24, 1\); expected: \(30, 30, 1\)"),
        ({"max_masked": 0.0, "contacts": patchy(tmp_path)}, "no window of 24 bins"),
    ]:
        with pytest.raises(UserError, match=words) as error:
            run(**changes)
        assert "\n" not in str(error.value)
        assert not (tmp_path / "out.cool").exists()


def patchy(folder):
    """A map with a masked bin in every window."""
    matrix = counts(40, empty=range(0, 40, 6), seed=5)
    path = write_cool(folder / "patchy.cool", {"c": matrix}, FINE * FACTOR)
    balance_map(path, "c", BALANCE)
    return path


def test_the_scale_s_shift_comes_from_the_training_windows(tmp_path):
    path = tmp_path / "image.h5"
    rng = np.random.default_rng(0)
    with EnhancementWriter(path, kind="image", resolution=1, window_bins=4,
                           codes={"c": np.zeros(40, "uint8")}) as data:  # fmt: skip
        for row in range(9):
            low = np.array([0.1, -3.0, 1.0]) + 0.01 * rng.normal(size=3)
            high = np.array([low[0] / 4, low[1] - 2, low[2] - 0.5])
            part = "train" if row < 6 else "test"
            scale = {"scale_low": low, "scale_high": high if part == "train" else high + 9}
            maps = {"low": np.zeros((4, 4)), "high": np.zeros((4, 4))}
            data.add({"map": "m", "chrom": "c", "start": row, "end": row + 4, "split": part,
                      "input": "pool"}, maps, scale)  # fmt: skip
    network = str(tmp_path / "m.keras")
    with zipfile.ZipFile(network, "w"):
        pass
    with EnhancementData(path) as data:
        add_input_facts(network, {"scale_shift": scale_shifts(data)})
    # also where the file is used in another run
    assert scale_shift(network, 2) == pytest.approx((0.25, -2, -0.5))
    assert scale_shift(network, 1) == pytest.approx((1, 0, 0))
    assert scale_shift(None, 2) == pytest.approx((0.5, -np.log(2), -np.log(2)))


def test_a_killed_job_resumes_with_the_remaining_chromosomes(run, tmp_path, monkeypatch):
    done, real = [], enhance_map.enhanced_arrays

    def recorded(clr, chrom, *more, **settings):
        done.append(chrom)
        if len(done) == 2:
            raise KeyboardInterrupt
        return real(clr, chrom, *more, **settings)

    monkeypatch.setattr(enhance_map, "enhanced_arrays", recorded)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert not (tmp_path / "out.cool").exists()
    out, resumed = run()
    assert done == ["a", "b", "b", "short"]
    again = (tmp_path / "out.cool").read_bytes()
    monkeypatch.setattr(enhance_map, "enhanced_arrays", real)
    _, whole = run()
    assert (tmp_path / "out.cool").read_bytes() == again
    pd.testing.assert_frame_equal(resumed, whole)
    assert not (tmp_path / "kept").exists()
    assert out
