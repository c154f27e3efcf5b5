"""Bundles: equal bytes for equal content, and one line for each that is not as it was written."""

import zipfile

import pytest
import yaml

from workflow_scripts.chromaloom.ml.bundles import (
    card_text,
    check_same,
    copy_network,
    read_applications,
    read_bundle,
    score_rows,
    write_bundle,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

FACTS = {"paper": "p", "model": "m", "inputs": {"n_bins": 100, "assembly": None}, "metrics": []}


def fake_network(path, *, weights=b"w", date="2026-01-01", clock=(2026, 1, 1, 0, 0, 0)):
    """A zip archive with the members of a .keras file."""
    with zipfile.ZipFile(path, "w") as archive:
        members = {"metadata.json": f'{{"date_saved": "{date}", "keras_version": "3"}}',
                   "model.weights.h5": weights}  # fmt: skip
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, clock), data)
    return path


@pytest.fixture
def bundle(tmp_path):
    """Folder of a bundle of two networks."""
    networks = {
        f"seed{s}": fake_network(tmp_path / f"{s}.keras", weights=b"%d" % s) for s in (1, 2)
    }
    write_bundle(tmp_path / "bundle", FACTS, networks, "card")
    return tmp_path / "bundle"


def test_a_bundle_is_read_as_it_was_written(bundle):
    found = read_bundle(bundle, "config: apply.x.bundle")
    assert found.facts == {
        "format": 1,
        **FACTS,
        "weights": ["weights/seed1.keras", "weights/seed2.keras"],
    }
    assert found.names == ["seed1", "seed2"]
    for seed, path in zip("12", found.weights, strict=True):
        with zipfile.ZipFile(path) as archive:
            assert archive.read("model.weights.h5") == seed.encode()


def test_networks_that_were_saved_at_another_time_are_equal_files(tmp_path):
    first = fake_network(tmp_path / "a.keras")
    later = fake_network(tmp_path / "b.keras", date="2027-02-02", clock=(2027, 2, 2, 0, 0, 0))
    assert first.read_bytes() != later.read_bytes()
    for path in (first, later):
        copy_network(path, path.with_suffix(".copy.keras"))
    assert (tmp_path / "a.copy.keras").read_bytes() == (tmp_path / "b.copy.keras").read_bytes()


def test_a_bundle_that_is_written_again_has_equal_bytes(bundle, tmp_path):
    later = {
        f"seed{s}": fake_network(tmp_path / f"b{s}.keras", weights=b"%d" % s, date="2027-03-03")
        for s in (1, 2)
    }
    write_bundle(tmp_path / "again", FACTS, later, "card")
    files = [path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file()]
    assert len(files) == 5
    for file in files:
        assert (bundle / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file


def damage(folder, what):
    if what == "no bundle":
        (folder / "model.yaml").unlink()
    elif what == "not YAML":
        (folder / "model.yaml").write_text("a: [")
    elif what == "a list":
        (folder / "model.yaml").write_text("- a")
    elif what == "another format":
        facts = yaml.safe_load((folder / "model.yaml").read_text())
        (folder / "model.yaml").write_text(yaml.safe_dump(facts | {"format": 2}))
    elif what == "edited":
        text = (folder / "model.yaml").read_text()
        (folder / "model.yaml").write_text(text.replace("n_bins: 100", "n_bins: 80"))
    elif what == "weights elsewhere":
        facts = yaml.safe_load((folder / "model.yaml").read_text())
        (folder / "model.yaml").write_text(yaml.safe_dump(facts | {"weights": ["../1.keras"]}))
    elif what == "no checksums":
        (folder / "sha256sums").unlink()
    elif what == "other weights":
        fake_network(folder / "weights/seed2.keras", weights=b"other")
    else:
        (folder / "weights/seed1.keras").unlink()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no bundle", "no model.yaml; expected: the folder of a bundle"),
        ("not YAML", "model.yaml: not YAML"),
        ("a list", "missing key 'format'"),
        ("another format", "format 2; expected: 1"),
        ("edited", "model.yaml has another checksum than in sha256sums"),
        ("no checksums", "no sha256sums; expected: a complete bundle"),
        ("other weights", "weights/seed2.keras has another checksum than in sha256sums"),
        ("weights gone", "no file weights/seed1.keras"),
        (
            "weights elsewhere",
            "'../1.keras' is not in the bundle; expected: paths such as",
        ),
    ],
)
def test_a_bundle_that_is_not_as_written_is_refused_with_its_place(bundle, what, message):
    damage(bundle, what)
    with pytest.raises(UserError) as caught:
        read_applications({"x": {"bundle": str(bundle)}}, lambda text, where: text, "c.yaml: apply")
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"c.yaml: apply.x.bundle: {bundle}")
    assert "\n" not in str(caught.value)


def test_an_input_that_differs_is_refused_and_one_that_is_unknown_is_named(bundle):
    model = read_bundle(bundle, "w")
    names = {
        "n_bins": "number of bins; set tss_bins.n_bins: {}",
        "assembly": "assembly; other data",
    }
    assert check_same(model, {"n_bins": 100, "assembly": "hg19"}, names, "w") == ["assembly"]
    with pytest.raises(
        UserError, match=r"number of bins is 80, that of the bundle 100 .*n_bins: 100"
    ):
        check_same(model, {"n_bins": 80, "assembly": None}, names, "w")


def test_scores_of_a_bundle_are_mean_and_spread_over_seeds_of_its_own_sample(tmp_path):
    rows = ["model\tsample\tsplit\tseed\tmetric\tvalue\tn"]
    rows += [f"net\tA\ttest\t{seed}\troc_auc\t{value}\t9" for seed, value in ((1, 0.8), (2, 0.6))]
    rows += ["net\tA\ttest\t1\troc_auc_ci95_lower\t0.1\t9", "net\tA\ttrain\t1\troc_auc\t1\t9",
             "net\tB\ttest\t1\troc_auc\t0.1\t9"]  # fmt: skip
    (tmp_path / "metrics.tsv").write_text("\n".join(rows) + "\n")
    (row,) = score_rows(tmp_path / "metrics.tsv", "A")
    assert row == {"model": "net", "split": "test", "metric": "roc_auc", "mean": 0.7, "sd": 0.1,
                   "networks": 2, "n": 9}  # fmt: skip
    card = card_text("T", ["about"], {**FACTS, "metrics": [row]}, "roc_auc")
    assert "| net | 0.7 | 0.1 | 2 | 9 |" in card
    assert "assembly: unknown" in card


def test_text_files_of_a_bundle_are_read_and_are_verified_as_its_weights_are(tmp_path):
    fake_network(tmp_path / "n.keras")
    folder = tmp_path / "bundle"
    write_bundle(folder, FACTS, {"seed1": tmp_path / "n.keras"}, "card", {"folds.tsv": "a\t1\n"})
    found = read_bundle(folder, "c.yaml")
    assert found.text("folds.tsv") == "a\t1\n"
    assert str(folder / "folds.tsv") in found.files
    (folder / "folds.tsv").write_text("a\t2\n")
    with pytest.raises(UserError, match=r"folds\.tsv has another checksum than in sha256sums"):
        read_bundle(folder, "c.yaml")
