from pathlib import Path

import pandas as pd
from drawn_example import layers_table

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.enhancement.figures import fig2
from workflow_scripts.enhancement.figures.schematics import fold_steps, layer_steps
from workflow_scripts.enhancement.figures.style import label
from workflow_scripts.enhancement.figures.tabulate_layers import COLUMNS, layer_rows
from workflow_scripts.enhancement.models.image_models import build_generator


def test_equal_layers_in_a_row_become_one_box_and_no_parameter_is_lost():
    table = layers_table()
    for network, rows in table.groupby("network"):
        steps = fold_steps(layer_steps(rows))
        assert sum(step.parameters for step in steps) == rows.parameters.sum(), network
    trunk = fold_steps(layer_steps(table[table.network == "sequence_akita"]))
    assert trunk[0].label == "3 × [conv 3, 4, max-pool 2]"
    assert trunk[0].shape == "8 × 4"
    assert trunk[1].label == "graph transformer"
    image = fold_steps(layer_steps(table[table.network == "image"]))
    assert image[1].label == "3 × [conv 3 × 3, 4 → conv 3 × 3, 4, + skip]"


def test_figure_2_draws_the_layers_of_a_model_and_of_its_control_once(tmp_path):
    table = layers_table()
    table.loc[(table.network == "sequence_graph") & (table.part == "head"), "parameters"] = 98
    control = table[table.network == "sequence_akita"].assign(network="sequence_akita_shuffled")
    path = tmp_path / "with_control.tsv"
    pd.concat([table, control]).to_csv(path, sep="\t", index=False)
    paths = {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}
    draw_figure(fig2.main, path, **paths)
    text = Path(paths["svg"]).read_text()
    assert label("sequence_akita") in text
    assert label("sequence_graph") in text
    assert label("sequence_akita_shuffled") not in text


def test_what_a_generator_s_output_goes_through_is_told_once():
    network = build_generator(
        size=24, filters=4, blocks=1, tail=[4] * 4, residual=True, symmetric=True, keep_mean=True
    )
    steps = layer_steps(pd.DataFrame(layer_rows(network, "image"), columns=COLUMNS))
    assert steps[-1].text == "conv 3 × 3, 1, + skip, symmetric, input's mean"
    assert sum(step.text.count("skip") for step in steps) == 3  # the block's, the long one, this
    assert sum(step.parameters for step in steps) == network.count_params()
