import pytest
from conformation_run import W

from workflow_scripts.conformation.evaluation.predict_sigma import layer_table
from workflow_scripts.conformation.figures import (
    fig1,
)
from workflow_scripts.conformation.figures.fig1 import shown_layers, window_size
from workflow_scripts.conformation.models.networks import build_backward, build_forward


def test_figure_1_shows_the_layers_of_the_networks(tmp_path):
    networks = {"forward": build_forward(n_factors=3, window=W, hidden_units=[7, 9]),
                "backward": build_backward(window=W)}  # fmt: skip
    layer_table(networks).to_csv(tmp_path / "layers.tsv", sep="\t", index=False)
    _, table = fig1.main(str(tmp_path / "layers.tsv"))
    for name, network in networks.items():
        rows = shown_layers(table, name)
        assert rows.parameters.sum() == network.count_params()
        assert rows.length.iloc[-1] == network.output.shape[1]
    assert shown_layers(table, "forward").length.tolist() == [3 * W, 3 * W, 7, 9, W * (W + 1) // 2]


@pytest.mark.parametrize("w", [4, 79, 80, 200])
def test_window_size_from_the_number_of_pixels(w):
    assert window_size(w * (w + 1) // 2) == w
