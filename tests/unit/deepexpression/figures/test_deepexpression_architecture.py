"""Figure 1 is drawn from the layers of a network."""

from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepexpression.config.presets import PRESETS
from workflow_scripts.deepexpression.figures import fig1, tabulate_layers
from workflow_scripts.deepexpression.figures.fig1 import boxes
from workflow_scripts.deepexpression.models.fold_models import TargetScale, combine_members
from workflow_scripts.deepexpression.models.networks import (
    joint_network,
    promoter_network,
    whole_network,
)


@pytest.mark.parametrize(("hichip", "preset"), [(True, "paper"), (False, "default")])
def test_figure_1_shows_the_network_that_was_trained(tmp_path, hichip, preset):
    paths = {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}
    settings = PRESETS[preset]["network"]
    network = promoter_network(settings, length=300, task="regression", seed=1)
    trunk = network.get_layer("promoter")
    if hichip:
        joint = joint_network(settings, promoter=trunk.output.shape[-1], bins=40,
                              window=slice(0, 40), task="regression", seed=1)  # fmt: skip
        network = whole_network(trunk, joint)
    model = combine_members([network], TargetScale(mean=1.0, deviation=2.0))
    name, folder = ("full" if hichip else "seq"), tmp_path / "models"
    folder.mkdir()
    model.save(folder / "fold0.keras")
    out = str(tmp_path / "layers.tsv")
    tabulate_layers.main({name: str(folder)}, table=out)
    draw_figure(fig1.main, out, **paths)
    assert Path(paths["png"]).stat().st_size > 1000
    assert "</svg>" in Path(paths["svg"]).read_text()
    table = pd.read_csv(paths["tsv"], sep="\t")
    assert table.parameters.sum() == model.count_params()
    found = {box["name"]: box for box in boxes(table[table.part == "promoter"])}
    assert {f"block {k}" for k in range(1, settings["blocks"] + 1)} <= set(found)
    assert found["convolution"]["text"].startswith(
        f"{settings['filters']} × {settings['kernel_size']}"
    )
    if settings["blocks"]:
        assert found["block 1"]["text"].startswith(f"{settings['layers_per_block']} layers")
    assert sum(box["parameters"] for box in found.values()) == trunk.count_params()
    assert ("hichip" in set(table.part)) == hichip
