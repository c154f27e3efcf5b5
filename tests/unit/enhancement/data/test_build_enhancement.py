import copy

import cooler
import numpy as np
import pandas as pd
import pytest
from small_maps import BALANCE, BINS, SETTINGS, SIZE, SIZES, write_genome, write_small_map

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data import build_enhancement, downsample_contacts
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.map_transforms import to_balanced

# bins of chr1 without contacts in map y; an N lies in bin 40
EMPTY = (10, 11)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Genome, maps x and y (two bins masked), and a quarter of the contacts of x."""
    folder = tmp_path_factory.mktemp("maps")
    fasta, sequences = write_genome(folder)
    x = write_small_map(folder / "x.mcool", seed=1)
    y = write_small_map(folder / "y.mcool", seed=2, empty=EMPTY)
    low = str(folder / "low.mcool")
    downsample_contacts.main(
        x, sample="x", resolution=SIZE, fraction=0.25, balance=BALANCE, seed=3, threads=1, out=low
    )
    again = str(folder / "again.mcool")
    downsample_contacts.main(
        x, sample="x", resolution=SIZE, fraction=0.25, balance=BALANCE, seed=4, threads=1, out=again
    )
    sizes = folder / "chrom.sizes"
    sizes.write_text("".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    return {
        "fasta": fasta, "x": x, "y": y, "low": low, "again": again, "sequences": sequences,
        "sizes": str(sizes),
    }  # fmt: skip


def build(folder, sources, maps=("x", "y"), downsampled=(), without=(), drawn=("low",), **changes):
    settings = copy.deepcopy(SETTINGS)
    for key, value in changes.items():
        settings[key] = {**settings[key], **value} if isinstance(value, dict) else value
    files = {"windows_out": "windows.tsv", "sequence_out": "s.h5", "image_out": "i.h5"}
    out = {name: [] if name in without else str(folder / file) for name, file in files.items()}
    build_enhancement.main(
        [sources[name] for name in maps], [sources[name] for _ in downsampled for name in drawn],
        sources["sizes"], [] if "fasta" in without else sources["fasta"],
        samples=list(maps), downsampled=list(downsampled), settings=settings, seed=1, **out,
    )  # fmt: skip
    table = pd.read_csv(out["windows_out"], sep="\t", keep_default_na=False)
    return table, out["sequence_out"], out["image_out"]


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    changes = {"split": {"test_maps": ["y"]}, "low_resolution": {"also_downsample": ["x"]}}
    return build(tmp_path_factory.mktemp("built"), sources, downsampled=["x"], **changes)


def test_the_table_has_every_window_with_its_reason(built):
    table, *files = built
    for kind, path in zip(("sequence", "image"), files, strict=True):
        own = table[table.kind == kind]
        kept = own[own.kept].sort_values("index")
        assert kept["index"].tolist() == list(range(len(kept)))
        with EnhancementData(path) as data:
            for name in ("map", "chrom", "start", "end", "split", "split_random", "input"):
                assert (kept[name].to_numpy() == getattr(data, name)).all()
        lost = own[~own.kept]
        assert (
            (lost["index"] == -1).all() and (lost.reason != "").all() and (lost.split == "").all()
        )
        assert (kept.reason == "").all()
    reasons = " ".join(table.reason.unique())
    for word in ("bins with N", "border of a split", "of a held-out map", "2 of 16 bins masked"):
        assert word in reasons
    assert set(table.chrom) == {"chr1", "chr2"}


def test_dna_of_a_window_is_that_of_its_region(built, sources):
    for path in built[1:]:
        with EnhancementData(path) as data:
            for row in (0, len(data) // 2, len(data) - 1):
                letters = "".join("ACGT"[code] for code in data.codes([row])[0])
                whole = sources["sequences"][data.chrom[row]].upper()
                assert letters == whole[data.start[row] : data.end[row]]


def test_splits_by_region_and_map(built):
    table = built[0]
    kept = table[table.kept]
    assert set(kept.split[kept["map"] == "y"]) == {"test_map", "test_both"}
    x = kept[kept["map"] == "x"]
    assert set(x.split[x.kind == "sequence"]) == {"train", "valid", "test"}
    assert set(x.split[x.input == "pool"]) == {"train", "valid", "test"}
    assert set(x.split[x.input == "downsample"]) == {"train", "valid", "test_downsample"}
    assert (kept.split_random[kept["map"] == "y"] == "").all()
    for kind in ("sequence", "image"):
        own = kept[(kept.kind == kind) & (kept["map"] == "x")]
        train = own[own.split == "train"]
        for row in own[own.split != "train"].itertuples():
            near = train[train.chrom == row.chrom]
            assert not ((near.start < row.end) & (near.end > row.start)).any()


def test_high_resolution_converts_back_to_contacts_and_low_resembles_it(built, sources):
    contacts = cooler.Cooler(f"{sources['x']}::resolutions/{SIZE}").matrix(balance=True)
    with EnhancementData(built[2]) as data:
        batch = data.batch(range(len(data)))
        for name in ("low", "high"):
            maps = batch[name]
            assert maps.min() >= 0 and maps.max() <= 1
            np.testing.assert_allclose(maps, maps.swapaxes(1, 2), atol=1e-6)
        row = data.rows("test")[0]
        found = to_balanced(batch["high"][row], data.scale_high[row])
        place = (data.chrom[row], data.start[row], data.end[row])
        whole = contacts.fetch(place)
        # where no pixel was coarse-grained: near the diagonal, of many contacts
        near = np.abs(np.subtract.outer(*[np.arange(BINS)] * 2)) < 3
        np.testing.assert_allclose(found[near], whole[near], rtol=1e-3)
        for way in ("pool", "downsample"):
            rows = np.flatnonzero(data.input == way)
            r = [np.corrcoef(batch["low"][i].ravel(), batch["high"][i].ravel())[0, 1] for i in rows]
            assert 0.7 < np.mean(r) < 0.999


def test_sequence_targets_have_the_mean_of_the_genome_as_zero(built):
    with EnhancementData(built[1]) as data:
        target = data.maps_of("target", range(len(data)))
    assert np.abs(target).max() <= 2
    # Poisson noise around a fall with distance that is the same everywhere
    assert abs(target.mean()) < 0.1
    np.testing.assert_array_equal(target, target.swapaxes(1, 2))


def test_downsampling_keeps_a_fraction_and_follows_the_seed(sources, tmp_path):
    whole, part = (cooler.Cooler(f"{sources[name]}::resolutions/{SIZE}") for name in ("x", "low"))
    total, kept = whole.info["sum"], part.info["sum"]
    assert abs(kept - total / 4) < 5 * np.sqrt(total * 0.25 * 0.75)
    left = whole.matrix(balance=False)[:] - part.matrix(balance=False)[:]
    assert (left >= 0).all()
    assert "weight" in part.bins().columns
    settings = {
        "sample": "x",
        "resolution": SIZE,
        "fraction": 0.25,
        "balance": BALANCE,
        "threads": 1,
    }
    again, other = tmp_path / "again.mcool", tmp_path / "other.mcool"
    for seed, out in ((3, again), (4, other)):
        downsample_contacts.main(sources["x"], seed=seed, out=str(out), **settings)
    with open(sources["low"], "rb") as handle:  # noqa: PTH123
        assert handle.read() == again.read_bytes()
    assert other.read_bytes() != again.read_bytes()


def test_without_a_fasta_windows_are_the_same_but_for_bins_with_n(sources, tmp_path):
    (tmp_path / "with").mkdir()
    (tmp_path / "no").mkdir()
    table, *_ = build(tmp_path / "with", sources, ["x"], without=["sequence_out"])
    blank, _, image = build(tmp_path / "no", sources, ["x"], without=["sequence_out", "fasta"])
    assert "bins with N" not in " ".join(blank.reason[blank.chrom == "chr1"])
    chr2, chr2_blank = (
        t[t.chrom == "chr2"].drop(columns=["index", "split_random"]) for t in (table, blank)
    )
    pd.testing.assert_frame_equal(chr2.reset_index(drop=True), chr2_blank.reset_index(drop=True))
    with EnhancementData(image) as data, pytest.raises(KeyError):
        data.codes([0])
    sources = {**sources, "sizes": str(tmp_path / "wrong.sizes")}
    (tmp_path / "wrong.sizes").write_text("chr1\t120000\n")
    with pytest.raises(UserError, match=r"chromosome 'chr2' is not in .*wrong\.sizes"):
        build(tmp_path, sources, ["x"], without=["sequence_out", "fasta"])


def test_further_draws_are_inputs_of_training_windows_only(sources, tmp_path):
    method = {"low_resolution": {"method": "downsample"}}
    table, _, image = build(tmp_path, sources, ["x"], downsampled=["x"], drawn=("low", "again"),
                            without=["sequence_out"], **method)  # fmt: skip
    with EnhancementData(image) as data:
        train, rest = data.rows("train"), data.rows("valid", "test")
        first, second = np.split(train, 2)
        assert (data.start[first] == data.start[second]).all()
        assert len({*zip(data.chrom[rest], data.start[rest], strict=True)}) == len(rest)
        low, high = (data.maps_of(name, train) for name in ("low", "high"))
    half = len(first)
    np.testing.assert_array_equal(high[:half], high[half:])
    assert (low[:half] != low[half:]).any((1, 2)).all()
    assert table.kept.sum() == len(train) + len(rest)


def test_fractional_counts_cannot_be_downsampled(tmp_path):
    path = write_small_map(tmp_path / "f.mcool", {"chr1": 40_000}, dtype=np.float64)
    with pytest.raises(UserError, match="fractional counts"):
        downsample_contacts.main(
            path, sample="f", resolution=SIZE, fraction=0.5, balance=BALANCE, seed=1, threads=1,
            out=str(tmp_path / "low.mcool"),
        )  # fmt: skip


def one_line(folder, sources, message, **changes):
    with pytest.raises(UserError, match=message) as caught:
        build(folder, sources, **changes)
    assert "\n" not in str(caught.value)
    assert not list(folder.glob("*.h5")) and not (folder / "windows.tsv").exists()


def test_a_chromosome_that_the_fasta_lacks_is_refused(sources, tmp_path):
    fasta, _ = write_genome(tmp_path, {name: SIZES[name] for name in ("chr1", "chr2", "chrM")})
    one_line(tmp_path, {**sources, "fasta": fasta}, "x.mcool: chromosome 'chr3' is not in")


def test_dna_of_another_length_is_refused(sources, tmp_path):
    fasta, _ = write_genome(tmp_path, {**SIZES, "chr2": 64_301})
    one_line(tmp_path, {**sources, "fasta": fasta}, "'chr2' has 64300 bp, in .* 64301 bp")


def test_a_map_with_masked_bins_everywhere_is_refused(sources, tmp_path):
    places = [*range(0, 120, 5), *range(120, 185, 5)]
    masked = write_small_map(tmp_path / "m.mcool", seed=3, empty=tuple(places))
    message = "all sequence windows of 16 bins of 'y' are left out .* masked"
    one_line(tmp_path, {**sources, "y": masked}, message, expected={"max_masked": 0.1})


def test_windows_longer_than_the_chromosomes_are_refused(sources, tmp_path):
    one_line(tmp_path, sources, r"window_bins: 200 bins .* at most 120 \(chr1\)", window_bins=200)


def test_a_split_without_a_window_is_refused(sources, tmp_path):
    split = {"valid": ["chr1:80k-92k"]}
    one_line(
        tmp_path, sources, "no sequence window of 16 bins of 1,000 bp in split valid", split=split
    )


def test_without_sequence_models_their_windows_are_not_needed(sources, tmp_path):
    # FAULTS F4: a step at which no sequence window fits must not stop an image model
    changes = {"step_bins": 1000}
    with pytest.raises(UserError, match="sequence window"):
        build(tmp_path, sources, **changes)
    table, sequence, image = build(tmp_path, sources, without=["sequence_out"], **changes)
    assert sequence == [] and not (tmp_path / "s.h5").exists()
    assert set(table.kind) == {"image"}
    with EnhancementData(image) as data:
        assert {"train", "valid", "test"} <= set(data.splits)
