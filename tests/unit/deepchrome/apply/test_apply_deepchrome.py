"""Bundles of DeepChrome on the marks of a cell: laws of predictions, refusals of other inputs."""

import logging

import keras
import numpy as np
import pandas as pd
import pytest
import yaml
from planted_marks import BINS, MARKS, planted, trained

from workflow_scripts.chromaloom.ml.bundle_files import zip_folder
from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, read_bundle
from workflow_scripts.chromaloom.ml.training import predict_blocks
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.apply import apply_deepchrome, bundle_deepchrome
from workflow_scripts.deepchrome.apply.inputs import check_unit, plan_application
from workflow_scripts.setup.make_bundle import make_bundle

TSS_BINS = {"bin_size": 100, "n_bins": BINS, "orient": False}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle of two networks, and the `Marks` that they were trained on."""
    folder = tmp_path_factory.mktemp("bundle")
    data = planted()
    data.unit = np.full(5, "reads")
    data.save(folder / "data.npz")
    networks = [folder / f"{seed}.keras" for seed in (1, 2)]
    for seed, path in enumerate(networks, start=1):
        trained(seed).save(path)
    (folder / "metrics.tsv").write_text("model\tsample\tsplit\tseed\tmetric\tvalue\tn\n")
    scores = [np.exp(predict_blocks(trained(seed), data.values)[:, 1]) for seed in (1, 2)]
    genes = {"split": data.split, "gene_id": data.gene_id, "label": data.label}
    parts = [pd.DataFrame({"seed": n, **genes, "score": s}) for n, s in enumerate(scores, start=1)]
    pd.concat(parts).to_csv(folder / "predictions.tsv.gz", sep="\t", index=False)
    bundle_deepchrome.main(
        str(folder / "data.npz"), [str(path) for path in networks], str(folder / "metrics.tsv"),
        str(folder / "predictions.tsv.gz"),
        cell="A", seeds=[1, 2], signal={"bin_size": 100, "orient": False, "assembly": "hg19"},
        label_order="numeric", settings={"epochs": 8}, model=str(folder / "bundle/model.yaml"),
    )  # fmt: skip
    return folder / "bundle", data


def apply_to(folder, data, tmp_path, **changes):
    """Tables of the genes and of the marks of a bundle on a marks table."""
    arrays = {"X": data.values, "gene": data.gene_id, "chrom": data.chrom, "tss": data.tss,
              "strand": data.strand, "marks": data.marks}  # fmt: skip
    np.savez(tmp_path / "x.npz", **arrays)
    settings = {"match_depth": False, **changes}
    apply_deepchrome.main(
        [str(tmp_path / "x.npz")], bundle=str(folder), where="w", kind="marks_npz", marks=[],
        cell="A", unknown=[], gpu=0, threads=1, genes=str(tmp_path / "genes.tsv.gz"),
        summary=str(tmp_path / "marks.tsv"), **settings,
    )  # fmt: skip
    genes = pd.read_csv(tmp_path / "genes.tsv.gz", sep="\t")
    return genes, pd.read_csv(tmp_path / "marks.tsv", sep="\t")


def test_a_bundle_predicts_what_its_networks_predict_and_mean_and_sd_are_theirs(
    bundle, device, tmp_path
):
    folder, data = bundle
    genes, marks = apply_to(folder, data, tmp_path)
    direct = [np.exp(predict_blocks(trained(seed), data.values)[:, 1]) for seed in (1, 2)]
    for name, scores in zip(("seed1", "seed2"), direct, strict=True):
        assert [f"{x:.6g}" for x in genes[name]] == [f"{x:.6g}" for x in scores]
    np.testing.assert_allclose(genes["mean"], np.mean(direct, axis=0), rtol=1e-5)
    np.testing.assert_allclose(genes.sd, np.std(direct, axis=0), rtol=1e-4, atol=2e-6)
    assert genes.sd.max() > 0.001
    assert (marks.ratio == 1).all()


def test_the_calibration_of_the_mean_is_in_facts_and_card_and_said_at_use(
    bundle, device, tmp_path, caplog
):
    folder, data = bundle
    facts = read_bundle(folder, "w").facts
    found = facts["calibration"]["test"]
    tested = data.split == "test"
    assert found["genes"] == tested.sum()
    assert facts["calibration"]["valid"]["genes"] == (data.split == "valid").sum()
    with caplog.at_level(logging.INFO, "chromaloom"):
        genes, _ = apply_to(folder, data, tmp_path)
    brier = np.mean((genes["mean"] - data.label)[tested] ** 2)
    assert found["brier_score"] == pytest.approx(brier, abs=1e-4)
    (line,) = [text for text in caplog.messages if text.startswith("calibration on the")]
    error = found["expected_calibration_error"]
    assert f"test genes of A: expected calibration error {error:.3f}" in line
    assert line[1:] in (folder / "card.md").read_text()


def test_an_archive_of_a_bundle_gives_the_bytes_that_its_folder_gives(bundle, device, tmp_path):
    folder, data = bundle
    zip_folder(folder, tmp_path / "x.zip")
    found = []
    for model in (folder, tmp_path / "x.zip"):
        apply_to(model, data, tmp_path)
        found.append([(tmp_path / name).read_bytes() for name in ("genes.tsv.gz", "marks.tsv")])
    assert found[0] == found[1]


def test_an_ensemble_of_one_has_the_mean_of_that_one_and_no_spread(bundle):
    folder, data = bundle
    (path,) = read_bundle(folder, "w").weights[:1]
    table = apply_deepchrome.predict_genes(data, [path], ["seed1"])
    assert (table["mean"] == table.seed1.astype("float64")).all()
    assert (table.sd == 0).all()


def test_a_gene_s_prediction_does_not_depend_on_the_other_genes(bundle):
    folder, data = bundle
    paths = read_bundle(folder, "w").weights
    whole = apply_deepchrome.predict_genes(data, paths, ["a", "b"])
    some = np.arange(len(data.gene_id)) % 7 == 0
    part = apply_deepchrome.predict_genes(data.select(some), paths, ["a", "b"])
    np.testing.assert_allclose(part["mean"], whole["mean"][some], rtol=1e-5)


def test_marks_in_another_order_are_handled_by_name(bundle, device, tmp_path):
    folder, data = bundle
    first = apply_to(folder, data, tmp_path)[0]
    data = planted()
    turned = [3, 0, 4, 1, 2]
    data.values, data.marks = data.values[:, :, turned], data.marks[turned]
    pd.testing.assert_frame_equal(apply_to(folder, data, tmp_path)[0], first)


def test_match_depth_undoes_another_sequencing_depth_and_a_warning_says_when_it_is_far(
    bundle, device, tmp_path, caplog
):
    folder, data = bundle
    first = apply_to(folder, data, tmp_path)[0]
    deep = planted()
    deep.values = 4 * deep.values
    with caplog.at_level(logging.WARNING, "chromaloom"):
        other, marks = apply_to(folder, deep, tmp_path)
    assert (marks.ratio == 4).all()
    assert "(ratio 4): networks see counts" in caplog.text
    assert (other["mean"] - first["mean"]).abs().max() > 0.001
    caplog.clear()
    with caplog.at_level(logging.WARNING, "chromaloom"):
        scaled, marks = apply_to(folder, deep, tmp_path, match_depth=True)
    assert "networks see counts" not in caplog.text
    assert (marks["scale"] == 0.25).all()
    pd.testing.assert_frame_equal(scaled, first)


def test_match_depth_cannot_scale_a_mark_without_reads(bundle, device, tmp_path):
    folder, _ = bundle
    data = planted()
    data.values[:, :, 2] = 0
    with pytest.raises(UserError, match=f"match_depth: {MARKS[2]} has no signal in any bin"):
        apply_to(folder, data, tmp_path, match_depth=True)


def test_units_that_a_table_does_not_know_are_named_in_a_warning(bundle, device, tmp_path, caplog):
    folder, data = bundle
    with caplog.at_level(logging.WARNING, "chromaloom"):
        apply_to(folder, data, tmp_path)
    assert "A: not known, and not compared with the bundle: unit" in caplog.text


def test_a_bundle_of_ready_tables_says_what_the_config_says_of_them():
    data = planted()
    data.unit[:] = ""
    known = {"unit": "reads", "bin_size": 100, "orient": False, "assembly": "hg19"}
    inputs = bundle_deepchrome.describe(data, cell="A", signal=known)["inputs"]
    assert inputs["unit"] == dict.fromkeys(MARKS, "reads")
    assert inputs["window"] == [-50 * BINS, 50 * BINS]
    assert (inputs["orient"], inputs["assembly"]) == (False, "hg19")
    unknown = bundle_deepchrome.describe(data, cell="A", signal={})["inputs"]
    assert all(unknown[key] is None for key in ("bin_size", "orient", "assembly", "window"))
    assert set(unknown["unit"].values()) == {None}


def test_a_network_from_elsewhere_gives_probabilities_and_its_depth_is_not_compared(
    bundle, device, tmp_path, caplog
):
    """A network whose output is P(high) itself, in a bundle that knows marks and bins only."""
    _, data = bundle
    given = keras.Input((BINS, 5))
    pooled = keras.layers.GlobalAveragePooling1D()(given)
    foreign = keras.Model(given, keras.layers.Dense(1, "sigmoid")(pooled))
    foreign.save(tmp_path / "foreign.keras")
    facts = {"inputs": {"marks": MARKS, "n_bins": BINS}, "outputs": {"network": "probability"}}
    (tmp_path / "facts.yaml").write_text(yaml.safe_dump(facts))
    paper = "deepchrome"
    make_bundle(
        tmp_path / "b",
        paper,
        paper,
        str(tmp_path / "facts.yaml"),
        [str(tmp_path / "foreign.keras")],
    )
    with caplog.at_level(logging.WARNING, "chromaloom"):
        genes, marks = apply_to(tmp_path / "b", data, tmp_path)
    np.testing.assert_allclose(genes["mean"], foreign(data.values)[:, 0], rtol=1e-4)
    assert marks.ratio.isna().all()
    assert (marks["scale"] == 1).all()
    assert "w: unverified: " in caplog.text
    assert "networks see counts" not in caplog.text
    samples, runs = sheets()
    assert planned(tmp_path / "b", samples, runs, dict.fromkeys(TSS_BINS)).unknown
    with pytest.raises(UserError, match="match_depth: set with a bundle that does not know the de"):
        planned(tmp_path / "b", samples, runs, match_depth=True)


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [("K562", "reads", "peaks"), ("H1", "reads", "track mean"), ("K562-peaks", "peaks", "reads")],
)
def test_the_models_that_come_with_the_workflow_refuse_marks_in_another_unit(
    root, name, taken, refused
):
    bundle = read_bundle(root / f"resources/bundles/deepchrome-{name}", "w")
    for mark in MARKS:
        assert check_unit(bundle, mark, taken, "w", "cell 'B'")
        with pytest.raises(UserError, match=f"{mark} is in unit '{refused}', in the bundle"):
            check_unit(bundle, mark, refused, "w", "cell 'B'")


# --- the plan, before any job
def sheets(kind="bam", assembly="hg19", marks=tuple(MARKS)):
    """Sample and run sheet of cell B, a sample for each mark."""
    samples = pd.DataFrame({"sample": [f"B_{m}" for m in marks], "cell": "B", "assay": "ChIP-seq",
                            "target": marks, "assembly": assembly})  # fmt: skip
    runs = pd.DataFrame({"sample": samples["sample"], "kind": kind, "file": "f", "part": ""})
    return samples.set_index("sample", drop=False), runs


def planned(folder, samples, runs, tss_bins=TSS_BINS, counted=None, **settings):
    settings = {"cell": "B", "match_depth": False, "any_assembly": False, **settings}
    entry = Application(read_bundle(folder, "w"), settings)
    counted = list(samples.index) if counted is None else counted
    return plan_application(entry, samples, runs, tss_bins, counted, "c.yaml: apply.x")


def test_a_cell_with_the_marks_of_a_bundle_is_planned_in_the_bundle_s_order(bundle):
    plan = planned(bundle[0], *sheets(marks=tuple(reversed(MARKS))))
    assert [mark for _, mark in plan.cell.signal] == MARKS
    assert plan.unknown == []
    other = planned(bundle[0], *sheets(assembly="hg38"), any_assembly=True)
    assert [mark for _, mark in other.cell.signal] == MARKS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "C"}, r"apply.x.cell: 'C' is not in the sample sheet; available: B"),
        ({"counted": []}, r"tss_bins.targets leaves out mark .*the marks of the bundle"),
    ],
)
def test_a_cell_without_counted_marks_is_refused_in_one_line(bundle, changes, message):
    with pytest.raises(UserError, match=message) as caught:
        planned(bundle[0], *sheets(), **changes)
    assert str(caught.value).startswith("c.yaml: apply.x")
    assert "\n" not in str(caught.value)


def test_match_depth_is_for_reads(bundle):
    model = read_bundle(bundle[0], "w")
    facts = {**model.facts, "inputs": {**model.inputs, "unit": dict.fromkeys(MARKS, "track mean")}}
    entry = Application(
        Bundle(model.folder, facts), {"cell": "B", "match_depth": True, "any_assembly": False}
    )
    samples, runs = sheets("bigwig")
    with pytest.raises(UserError, match="enters as bigwig; expected: reads, whose counts depend"):
        plan_application(entry, samples, runs, TSS_BINS, list(samples.index), "w")


def test_peaks_with_and_without_a_signal_value_are_two_units(bundle):
    model = read_bundle(bundle[0], "w")
    facts = {**model.facts, "inputs": {**model.inputs, "unit": {"m": "peak signal"}}}
    peaks = Bundle(model.folder, facts)
    assert check_unit(peaks, "m", "peaks", "w", "sample 's'")
    assert not check_unit(peaks, "m", "", "w", "sample 's'")
    with pytest.raises(
        UserError, match="m is in unit 'peak coverage', in the bundle 'peak signal'"
    ):
        check_unit(peaks, "m", "peak coverage", "w", "sample 's'")
