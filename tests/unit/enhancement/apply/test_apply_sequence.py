"""Bundles of sequence models on DNA: laws of the predicted maps, and what is written."""

import functools
import gzip
import hashlib
import importlib

import cooler
import cooltools
import numpy as np
import pandas as pd
import pysam
import pytest
import yaml
from sequence_windows import BINS, CROP, RESOLUTION, write_embeddings, write_windows

from workflow_scripts.align import prepare_genome
from workflow_scripts.chromaloom.ml.bundles import Application, read_bundle, write_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply import apply_sequence, bundle_sequence, plot_sequence
from workflow_scripts.enhancement.apply.sequence_inputs import Region, plan_application
from workflow_scripts.enhancement.apply.sequence_tiles import SlidingBlend, Tiling, blend_region
from workflow_scripts.enhancement.apply.stitch import BandBlend
from workflow_scripts.enhancement.config.presets import sequence_settings, sequence_variants
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation import predict_sequence
from workflow_scripts.enhancement.evaluation.inference import load_network
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.models.sequence_model import build_sequence_model

SEEDS, INNER, LENGTH = [1, 2], BINS - 2 * CROP, BINS * RESOLUTION
NETWORK = {
    "filters": 6, "residual_filters": 4, "dilations": [1], "dropout": 0.1, "output_filters": 4,
    "map_filters": 4, "map_residual_filters": 3, "map_dilations": [1], "map_dropout": 0.1,
}  # fmt: skip
SECTION = {"preset": "paper", "head": ["akita"], "control_seeds": 0, "random_split": False,
           "network": NETWORK, "training": {}}  # fmt: skip
SETTINGS = sequence_settings(SECTION)
# pixels with a prediction: the first two diagonals are not trained on
UPPER = np.triu_indices(INNER, SETTINGS["training"]["ignore_diags"])
LOAD = functools.cache(load_network)


@pytest.fixture(scope="module", autouse=True)
def _device():
    """Threads cannot be set after TensorFlow has been used by another test."""
    with pytest.MonkeyPatch.context() as patch:
        for script in ("apply.apply_sequence", "evaluation.predict_sequence"):
            module = importlib.import_module(f"workflow_scripts.enhancement.{script}")
            patch.setattr(module, "prepare_device", lambda **_: "tensorflow cpu")
        # each network is traced once
        patch.setattr(apply_sequence, "load_network", LOAD)
        yield


def random_network(head, seed, scale=0.2):
    """A network as after training: no weight or statistic is 0 or 1."""
    network = build_sequence_model(SETTINGS["network"], head, length=LENGTH, bins=BINS, seed=seed)
    draw = np.random.default_rng(seed)
    for weight in network.weights:
        positive = weight.path.endswith(("gamma", "moving_variance"))
        if weight.dtype == "float32":
            noise = draw.uniform(0.5, 1.5, weight.shape)
            weight.assign(noise if positive else weight + draw.normal(0, scale, weight.shape))
    return network


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder of a run of a sequence model: dataset, genome, predictions, and its bundle."""
    folder = tmp_path_factory.mktemp("run")
    dataset = str(write_windows(folder / "sequence.h5", maps=1))
    variant = sequence_variants(SECTION, SEEDS, "")["sequence_akita"]
    networks, predictions = (
        [str(folder / f"sequence_akita.seed{seed}.{suffix}") for seed in SEEDS]
        for suffix in ("keras", "h5")
    )
    for seed, path in zip(SEEDS, networks, strict=True):
        random_network("akita", seed).save(path)
    predict_sequence.main(
        dataset, "", networks, variants={"sequence_akita": variant}, crop=CROP, max_train=0, gpu=0,
        threads=1, predictions=predictions,
    )  # fmt: skip
    (folder / "metrics.tsv").write_text(
        "model\tsample\tsplit\tseed\tmetric\tvalue\tn\n"
        "sequence_akita\tall\ttest\t1\tpearson\t0.5\t9\n"
        "sequence_akita\tall\ttest\t2\tpearson\t0.7\t9\n"
    )
    bundle_sequence.main(
        dataset, networks, str(folder / "metrics.tsv"), name="sequence_akita", seeds=SEEDS,
        variant=variant, embeddings="", assembly="toy", crop=CROP,
        maps={"coarsegrain": {"cutoff": 2, "max_levels": 8},
              "expected": {"sigma": 0.8, "kernel_size": 7, "clip_value": 2, "max_masked": 0.5}},
        scored_from=2, settings={"preset": "paper", **SETTINGS},
        model=str(folder / "bundle/model.yaml"),
    )  # fmt: skip
    with EnhancementData(dataset) as data:
        dna = "".join("ACGT"[c] for row in range(len(data)) for c in data.codes([row])[0])
    write_fasta(folder / "genome.fa", {"chr1": dna, "short": "ACGT"})
    return folder, dna


def write_fasta(path, records):
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in records.items()))
    pysam.faidx(str(path))


def apply_to(folder, out, *, fasta=None, regions=(), bundle="bundle", target="mean"):
    """Map of an entry: its .cool, text table and table of regions."""
    out.mkdir(exist_ok=True)
    apply_sequence.main(
        str(fasta or folder / "genome.fa"), bundle=str(folder / bundle), where="c.yaml: apply.x",
        regions=list(regions), target=target, gpu=0, threads=1, cool=str(out / "x.cool"),
        mcool=str(out / "x.mcool"), pixels=str(out / "x.tsv.gz"), places=str(out / "r.tsv"),
    )  # fmt: skip
    text = pd.read_csv(out / "x.tsv.gz", sep="\t", dtype=str)
    return cooler.Cooler(str(out / "x.cool")), text, pd.read_csv(out / "r.tsv", sep="\t")


def bins_of(clr, column, first, chrom="chr1"):
    """Pixels of a window's map in a .cool, in the order of UPPER; NaN where there is none."""
    offset = clr.offset(chrom) + first + CROP
    pixels = clr.pixels()[:]
    found = np.full((INNER, INNER), np.nan)
    i, j = pixels.bin1_id - offset, pixels.bin2_id - offset
    inside = (i >= 0) & (j < INNER)
    found[i[inside], j[inside]] = pixels[column][inside]
    return found[UPPER]


def place(number):
    return f"chr1:{number * LENGTH}-{(number + 1) * LENGTH}"


# --- laws
def test_a_bundle_on_its_own_windows_gives_the_run_s_predictions_to_the_last_bit(run, tmp_path):
    folder, _ = run
    clr, text, places = apply_to(folder, tmp_path, regions=[place(n) for n in range(20)])
    made = [read_predictions(str(folder / f"sequence_akita.seed{seed}.h5")) for seed in SEEDS]
    for row, number in enumerate(made[0].index):
        each = np.stack([np.exp(p.prediction[row][UPPER].astype("float64")) for p in made])
        np.testing.assert_array_equal(bins_of(clr, "count", BINS * number), each.mean(0))
        np.testing.assert_array_equal(bins_of(clr, "sd", BINS * number), each.std(0))
        first = (BINS * number + CROP) * RESOLUTION
        start = text.start1.astype(int)
        own = text[(start >= first) & (start < first + INNER * RESOLUTION)]
        for seed, values in zip(SEEDS, each, strict=True):
            assert own[f"seed{seed}"].tolist() == [f"{x:.6g}" for x in values]
    assert len(text) == 20 * len(UPPER[0])
    assert clr.pixels()["sd"][:].max() > 1e-3
    assert (places.windows == 1).all() and (places.unknown == 0).all()


def test_a_bundle_of_the_graph_head_gives_the_run_s_predictions_too(run, tmp_path):
    folder, _ = run
    network, made = str(tmp_path / "sequence_graph.seed3.keras"), str(tmp_path / "g.h5")
    random_network("graph", 3, 0.05).save(network)
    variant = sequence_variants({**SECTION, "head": ["graph"]}, [3], "")
    predict_sequence.main(
        str(folder / "sequence.h5"), "", [network], variants=variant, crop=CROP, max_train=1,
        gpu=0, threads=1, predictions=[made],
    )  # fmt: skip
    facts = dict(read_bundle(folder / "bundle", "w").facts)
    write_bundle(tmp_path / "graph", facts, {"seed3": network}, "card\n")
    clr, *_ = apply_to(folder, tmp_path / "a", regions=[place(3)], bundle=tmp_path / "graph")
    predictions = read_predictions(made)
    row = predictions.prediction[predictions.index.tolist().index(3)]
    np.testing.assert_array_equal(
        bins_of(clr, "count", 3 * BINS), np.exp(row[UPPER].astype("float64"))
    )


def test_letters_are_read_as_in_training(run, tmp_path):
    """Case has no say; a bin with N has no pixel, and N is a base without any of the four."""
    folder, dna = run
    lower = dna[:50] + dna[50:90].lower() + dna[90:]
    write_fasta(tmp_path / "lower.fa", {"chr1": lower})
    plain, *_ = apply_to(folder, tmp_path / "a", regions=[place(0)])
    found, *_ = apply_to(folder, tmp_path / "b", fasta=tmp_path / "lower.fa", regions=[place(0)])
    np.testing.assert_array_equal(bins_of(found, "count", 0), bins_of(plain, "count", 0))
    bin_ = 4
    codes = np.array(["ACGT".index(c) for c in dna[:LENGTH]], "uint8")
    codes[bin_ * RESOLUTION : bin_ * RESOLUTION + 3] = 4
    with_n = "".join("ACGTN"[c] for c in codes)
    for letters in (with_n, with_n.replace("N", "r")):  # an ambiguous base is unknown as well
        write_fasta(tmp_path / "n.fa", {"chr1": letters})
        found, _, places = apply_to(folder, tmp_path / "c", fasta=tmp_path / "n.fa")
        wanted = np.exp(network_maps(folder, codes).astype("float64")).mean(0)
        wanted[bin_ - CROP] = wanted[:, bin_ - CROP] = np.nan
        values = bins_of(found, "count", 0)
        np.testing.assert_array_equal(values, wanted[UPPER])
        assert places.unknown.tolist() == [1]
    assert np.nanmax(np.abs(values - bins_of(plain, "count", 0))) > 1e-4


def network_maps(folder, codes):
    """Maps of a window by each network of the bundle, (K, b, b)."""
    networks = [LOAD(path) for path in read_bundle(folder / "bundle", "w").weights]
    maps = np.stack([network.predict_on_batch(codes[None])[0] for network in networks])
    return maps[:, CROP:-CROP, CROP:-CROP]


def test_an_ensemble_of_one_is_that_one_and_has_no_spread(run, tmp_path):
    folder, _ = run
    facts = dict(read_bundle(folder / "bundle", "w").facts)
    write_bundle(
        tmp_path / "one", facts, {"seed2": folder / "sequence_akita.seed2.keras"}, "card\n"
    )
    clr, text, _ = apply_to(folder, tmp_path / "a", regions=[place(7)], bundle=tmp_path / "one")
    _, whole, _ = apply_to(folder, tmp_path / "b", regions=[place(7)])
    assert list(text) == ["chrom", "start1", "start2", "mean", "sd", "seed2"]
    assert (text.sd == "0").all()
    assert (text["mean"] == text.seed2).all()
    assert (text.seed2 == whole.seed2).all()
    assert (clr.pixels()["sd"][:] == 0).all()


def test_dna_outside_a_window_has_no_influence_on_its_map(run, tmp_path):
    folder, dna = run
    inside = slice(3 * LENGTH, 4 * LENGTH)
    other = "C" * inside.start + dna[inside] + "G" * (len(dna) - inside.stop)
    write_fasta(tmp_path / "other.fa", {"chr1": other})
    one, *_ = apply_to(folder, tmp_path / "a", regions=[place(3)])
    two, *_ = apply_to(folder, tmp_path / "b", fasta=tmp_path / "other.fa", regions=[place(3)])
    pd.testing.assert_frame_equal(one.pixels()[:], two.pixels()[:])
    # and one base within it has
    base = inside.start + LENGTH // 2
    changed = dna[:base] + ("A" if dna[base] != "A" else "C") + dna[base + 1 :]
    write_fasta(tmp_path / "changed.fa", {"chr1": changed})
    three, *_ = apply_to(folder, tmp_path / "c", fasta=tmp_path / "changed.fa", regions=[place(3)])
    assert not one.pixels()[:].equals(three.pixels()[:])


# --- long regions
def test_windows_of_a_long_region_are_blended_as_those_of_image_models(run, tmp_path):
    folder, dna = run
    clr, _, places = apply_to(folder, tmp_path, regions=[f"chr1:{LENGTH // 2}-{3 * LENGTH}"])
    tiling = Tiling.of(Region("chr1", 6, 30), BINS, INNER)
    assert places.windows[0] == len(tiling.starts) == 10
    codes = np.array(["ACGT".index(c) for c in dna], "uint8")
    blends = [BandBlend(36, tiling.reach) for _ in SEEDS]
    for start in tiling.starts:
        window = codes[start * RESOLUTION : (start + BINS) * RESOLUTION]
        for blend, values in zip(blends, network_maps(folder, window), strict=True):
            blend.add(start + CROP, values)
    band = np.exp(np.stack([blend.mean() for blend in blends]).astype("float32").astype(float))
    wanted, pixels = band.mean(0), clr.pixels()[:]
    wanted[:, :2] = np.nan
    found = np.full_like(wanted, np.nan)
    found[pixels.bin1_id, pixels.bin2_id - pixels.bin1_id] = pixels["count"]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    # bins without a map are masked
    weight = clr.bins()["weight"][:].to_numpy()
    assert np.isfinite(weight[:240]).tolist() == [7 <= bin_ < 35 for bin_ in range(240)]
    assert set(weight[np.isfinite(weight)]) == {1}
    # the map is that of the region without the crop, up to the reach
    assert (places.start[0], places.end[0]) == (7 * RESOLUTION, 35 * RESOLUTION)
    assert np.isfinite(found[7 : 36 - tiling.reach, 2:]).all()


def test_rows_of_the_sliding_blend_are_those_of_the_whole_band():
    draw = np.random.default_rng(0)
    for bins in (12, 13, 19, 40):
        tiling = Tiling.of(Region("c", 5, bins), 12, 8)
        maps = {start: draw.normal(size=(2, 8, 8)).astype("float32") for start in tiling.starts}
        maps = {start: m + m.transpose(0, 2, 1) for start, m in maps.items()}
        whole = [BandBlend(60, tiling.reach) for _ in range(2)]
        for start, two in maps.items():
            for blend, values in zip(whole, two, strict=True):
                blend.add(start + 2, values)
        parts = list(blend_region(tiling, maps.get, 2))
        assert parts[0][0] == 7
        band = np.concatenate([rows for _, rows in parts], axis=1)
        assert band.shape == (2, bins - 4, tiling.reach)
        wanted = np.stack([blend.mean() for blend in whole])[:, 7 : 5 + bins - 2]
        np.testing.assert_array_equal(band, wanted.astype("float32"))
    # as much memory as a map has, whatever the length of the region
    assert SlidingBlend(8, 5, 0)._total.shape == (8, 5)


def test_a_window_of_unknown_bases_alone_has_no_map(run, tmp_path):
    folder, dna = run
    gap = dna[:LENGTH] + "N" * (4 * LENGTH) + dna[:LENGTH]
    write_fasta(tmp_path / "gap.fa", {"chr1": gap})
    clr, text, places = apply_to(folder, tmp_path, fasta=tmp_path / "gap.fa")
    assert places.bins[0] == 6 * BINS - 2 * CROP
    assert places.unknown[0] == 4 * BINS
    starts = set(text.start1.astype(int) // RESOLUTION)
    assert starts == {*range(CROP, BINS - 2), *range(5 * BINS, 6 * BINS - CROP - 2)}
    assert np.isfinite(clr.pixels()["count"][:]).all()


# --- files
# of a pandas default that cooltools relies on
@pytest.mark.filterwarnings("ignore:The default of observed:FutureWarning")
def test_files_open_in_cooler_and_cooltools_and_equal_runs_give_equal_bytes(run, tmp_path):
    folder, _ = run
    hashes = []
    for name in ("a", "b"):
        clr, text, places = apply_to(folder, tmp_path / name, regions=[f"chr1:0-{4 * LENGTH}"])
        files = sorted((tmp_path / name).iterdir())
        hashes.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert hashes[0] == hashes[1]
    assert clr.binsize == RESOLUTION
    assert dict(clr.chromsizes) == {"chr1": 20 * LENGTH, "short": 4}
    levels = cooler.fileops.list_coolers(str(tmp_path / "a/x.mcool"))
    assert levels == [f"/resolutions/{RESOLUTION}"]
    again = cooler.Cooler(f"{tmp_path / 'a/x.mcool'}::{levels[0]}")
    pd.testing.assert_frame_equal(again.pixels()[:], clr.pixels()[:])
    view = pd.DataFrame({"chrom": ["chr1"], "start": [places.start[0]], "end": [places.end[0]],
                         "name": ["map"]})  # fmt: skip
    expected = cooltools.expected_cis(
        again, view_df=view, clr_weight_name=None, ignore_diags=0, smooth=False,
        aggregate_smoothed=False,
    )  # fmt: skip
    near = text[text.start2.astype(int) - text.start1.astype(int) == 3 * RESOLUTION]
    assert expected["count.avg"][3] == pytest.approx(near["mean"].astype(float).mean(), rel=1e-4)


def test_every_long_enough_sequence_of_a_fasta_is_predicted_under_its_name(run, tmp_path):
    folder, dna = run
    records = {"first allele": dna[:LENGTH], "tiny": "ACGT", "b": dna[LENGTH : 3 * LENGTH].lower()}
    with gzip.open(tmp_path / "designed.fa.gz", "wt") as handle:
        handle.write("".join(f">{name}\n{bases}\n" for name, bases in records.items()))
    fasta = str(tmp_path / "sequences.fa")
    prepare_genome.main(
        fasta=str(tmp_path / "designed.fa.gz"), out=fasta, index=f"{fasta}.fai",
        sizes=str(tmp_path / "sizes"),
    )  # fmt: skip
    clr, text, places = apply_to(folder, tmp_path / "a", fasta=fasta)
    assert list(dict.fromkeys(text.chrom)) == places.chrom.tolist() == ["first", "b"]
    genome, *_ = apply_to(folder, tmp_path / "b", regions=[place(0)])
    np.testing.assert_array_equal(bins_of(clr, "count", 0, "first"), bins_of(genome, "count", 0))


def test_letters_that_are_no_nucleotides_end_the_job(run, tmp_path):
    folder, dna = run
    write_fasta(tmp_path / "odd.fa", {"chr1": dna[:100] + "U" + dna[101:]})
    with pytest.raises(UserError, match=r"odd.fa: chr1:0-192: 'U' is no nucleotide of DNA \(lett"):
        apply_to(folder, tmp_path / "a", fasta=tmp_path / "odd.fa")
    assert not list((tmp_path / "a").iterdir())


def test_a_network_without_finite_predictions_ends_the_job(run, tmp_path):
    folder, _ = run
    broken = random_network("akita", 1)
    broken.weights[-1].assign(np.full(broken.weights[-1].shape, np.nan))
    broken.save(tmp_path / "broken.keras")
    facts = dict(read_bundle(folder / "bundle", "w").facts)
    write_bundle(tmp_path / "broken", facts, {"seed1": tmp_path / "broken.keras"}, "card\n")
    with pytest.raises(UserError, match=r"broken: chr1:192-384: a network predicts values that "):
        apply_to(folder, tmp_path / "a", regions=[place(1)], bundle=tmp_path / "broken")


def test_the_figure_has_a_panel_for_each_of_the_first_regions(run, tmp_path):
    folder, _ = run
    apply_to(folder, tmp_path, regions=[place(0), f"chr1:{LENGTH}-{5 * LENGTH}", place(12)])
    places = pd.read_csv(tmp_path / "r.tsv", sep="\t")
    table = plot_sequence.drawn_places(places, RESOLUTION)
    squares = plot_sequence.read_squares(str(tmp_path / "x.tsv.gz"), table, RESOLUTION)
    clr = cooler.Cooler(str(tmp_path / "x.cool"))
    for place_, square in zip(table.itertuples(), squares, strict=True):
        region = f"chr1:{place_.start}-{place_.end}"
        wanted = clr.matrix(balance=False).fetch(region)
        np.testing.assert_allclose(np.nan_to_num(np.exp(square), nan=0), wanted, rtol=1e-5)
    figure = plot_sequence.draw(str(tmp_path / "x.tsv.gz"), str(tmp_path / "r.tsv"), RESOLUTION)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert len(titles) == 3 and titles[0].startswith("chr1:")
    files = [str(tmp_path / f"x.{suffix}") for suffix in ("png", "pdf")]
    plot_sequence.main(
        str(tmp_path / "x.tsv.gz"), str(tmp_path / "r.tsv"), resolution=RESOLUTION, png=files[0],
        pdf=files[1],
    )  # fmt: skip
    assert all((tmp_path / f"x.{suffix}").stat().st_size > 1000 for suffix in ("png", "pdf"))


# --- the bundle
def test_a_bundle_says_what_the_model_reads_and_gives_and_how_good_it_is(run):
    folder, _ = run
    facts = yaml.safe_load((folder / "bundle/model.yaml").read_text())
    assert (facts["kind"], facts["model"]) == ("sequence", "sequence_akita")
    inputs, outputs = facts["inputs"], facts["outputs"]
    assert inputs["length"] == LENGTH == inputs["resolution"] * inputs["window_bins"]
    assert (inputs["assembly"], inputs["chromosomes"], inputs["maps"]) == ("toy", ["chr1"], ["m0"])
    assert (outputs["bins"], outputs["crop"], outputs["targets"]) == (INNER, CROP, ["mean"])
    assert outputs["transformation"]["clip_value"] == 2
    assert facts["training"]["windows"] == {"train": 12, "valid": 4, "test": 4}
    assert "embeddings" not in inputs
    scores = {(r["model"], r["split"], r["metric"]): r for r in facts["metrics"]}
    own = scores["sequence_akita", "test", "pearson"]
    assert (own["mean"], own["sd"], own["networks"]) == (0.6, 0.1, 2)
    # the mean of the training maps, whatever the DNA
    with EnhancementData(str(folder / "sequence.h5")) as data:
        maps = {s: data.maps_of("target", data.rows(s))[:, CROP:-CROP, CROP:-CROP]
                for s in ("train", "test")}  # fmt: skip
    i, j = np.triu_indices(INNER, 2)
    errors = np.abs(maps["test"] - maps["train"].mean(0))[:, i, j]
    assert scores["mean_map", "test", "mae"]["mean"] == pytest.approx(errors.mean(), abs=1e-5)
    card = (folder / "bundle/card.md").read_text()
    assert "| sequence_akita | 0.6 | 0.1 | 2 | 9 |" in card and "| mean_map |" in card


def test_a_bundle_of_a_model_that_reads_embeddings_says_so_and_is_not_applied(run, tmp_path):
    folder, _ = run
    variant = sequence_variants(SECTION, SEEDS, "e.h5")["sequence_embeddings"]
    bundle_sequence.main(
        str(folder / "sequence.h5"), [str(folder / f"sequence_akita.seed{s}.keras") for s in SEEDS],
        str(folder / "metrics.tsv"), name="sequence_embeddings", seeds=SEEDS, variant=variant,
        embeddings=str(write_embeddings(tmp_path / "e.h5")), assembly="toy", crop=CROP,
        maps={"coarsegrain": {}, "expected": {"sigma": 0, "kernel_size": 7, "clip_value": 2}},
        scored_from=2, settings=SETTINGS, model=str(tmp_path / "bundle/model.yaml"),
    )  # fmt: skip
    bundle = read_bundle(tmp_path / "bundle", "w")
    assert bundle.inputs["embeddings"] == {"positions": BINS, "dimension": 6}
    with pytest.raises(UserError, match=r"^w: the model of the bundle reads embeddings of a lang"):
        plan_application(Application(bundle, {}), {}, lambda _: {}, {}, "w")
