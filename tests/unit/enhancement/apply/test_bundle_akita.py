"""A bundle of a file of the form of Akita's published weights, and its use."""

import cooler
import numpy as np
import pysam
import pytest
from akita_file import SIZES, SMALL, write_akita

from workflow_scripts.chromaloom.ml.bundles import Application, read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply import apply_sequence, bundle_akita
from workflow_scripts.enhancement.apply.sequence_inputs import plan_application
from workflow_scripts.enhancement.models.published_akita import AKITA_TARGETS

ENTRY = {"assembly": "", "fasta": "", "regions": [], "any_assembly": False}


@pytest.fixture(scope="module")
def akita(tmp_path_factory):
    """The network that wrote the file, and the folder of its bundle."""
    folder = tmp_path_factory.mktemp("akita")
    network = write_akita(folder / "model_best.h5")
    bundle_akita.write_akita_bundle(
        folder / "model_best.h5", folder / "bundles/akita", network=SMALL, **SIZES
    )
    return network, folder / "bundles/akita"


def test_the_bundle_has_five_targets_and_says_that_it_is_unverified(akita):
    _, folder = akita
    bundle = read_bundle(folder, "w")
    assert not bundle.verified
    assert "Unverified" in (folder / "card.md").read_text()
    assert bundle.facts["outputs"]["targets"] == list(AKITA_TARGETS)
    assert bundle.names == ["published"]
    for target in ("", *AKITA_TARGETS):
        application = Application(bundle, {**ENTRY, "target": target})
        plan = plan_application(
            application, {"hg38": {"fasta": "g.fa"}}, lambda _: {"chr1": 128}, {}, "w"
        )
        assert (plan.assembly, plan.target) == ("hg38", target or "HFF")
    with pytest.raises(
        UserError, match=r"target: 'K562' is no map of the bundle .*HFF, H1hESC, GM"
    ):
        plan_application(
            Application(bundle, {**ENTRY, "target": "K562"}), {}, lambda _: {}, {}, "w"
        )


def test_each_target_is_that_map_of_the_network(akita, tmp_path, monkeypatch):
    network, folder = akita
    monkeypatch.setattr(apply_sequence, "prepare_device", lambda **_: "tensorflow cpu")
    codes = np.random.default_rng(0).integers(0, 4, 128)
    (tmp_path / "g.fa").write_text(">chr1\n" + "".join("ACGT"[c] for c in codes) + "\n")
    pysam.faidx(str(tmp_path / "g.fa"))
    wanted = network.predict_on_batch(np.eye(4, dtype="float32")[codes][None])[0]
    i, j = np.triu_indices(12, 2)  # of the form's upper triangle
    maps = []
    for target in ("HFF", "IMR90"):
        apply_sequence.main(
            str(tmp_path / "g.fa"), bundle=str(folder), where="w", regions=[], target=target,
            gpu=0, threads=1, cool=str(tmp_path / "x.cool"), mcool=str(tmp_path / "x.mcool"),
            pixels=str(tmp_path / "x.tsv.gz"), places=str(tmp_path / "r.tsv"),
        )  # fmt: skip
        clr = cooler.Cooler(str(tmp_path / "x.cool"))
        # 16 bins of 8 bp, cropped by 2
        maps.append(np.log(clr.matrix(balance=False).fetch("chr1")[2:14, 2:14][i, j]))
        number = AKITA_TARGETS.index(target)
        np.testing.assert_allclose(maps[-1], wanted[:, number], rtol=1e-4, atol=1e-5)
    assert np.abs(maps[0] - maps[1]).max() > 0.01


def test_another_file_ends_the_command_with_one_line(tmp_path):
    (tmp_path / "text.h5").write_text("weights")
    with pytest.raises(SystemExit, match=r"^error: .*text.h5: no weights by layer .*; expected: "):
        bundle_akita.main(str(tmp_path / "text.h5"), str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
