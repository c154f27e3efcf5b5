import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.figures.fig2 import layer_table
from workflow_scripts.deepchrome.figures.fig2 import main as plot_fig2
from workflow_scripts.deepchrome.models.network import build_network

PAPER = dict(n_bins=100, n_marks=5, filters=50, kernel=10, pool=5, hidden=[625, 125], dropout=0.5)
OTHER = dict(n_bins=41, n_marks=3, filters=7, kernel=4, pool=3, hidden=[11, 5], dropout=0.2)


@pytest.mark.parametrize("sizes", [PAPER, OTHER], ids=["paper", "other"])
def test_the_drawn_network_is_the_one_that_is_built(sizes, tmp_path):
    network, table = build_network(**sizes), layer_table(**sizes)
    assert table.parameters.sum() == network.count_params()
    for name in ("convolution", "pooling", "flat"):
        shape = network.get_layer(name).output.shape[1:]
        row = table.set_index("layer").loc[name]
        assert row.length * row.channels == np.prod(shape)
        assert row.length == shape[0]
    files = {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}
    draw_figure(plot_fig2, sizes=sizes, **files)
    assert pd.read_csv(files["tsv"], sep="\t").parameters.sum() == network.count_params()
