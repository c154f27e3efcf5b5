from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.figures.fig1 import main as plot_fig1
from workflow_scripts.deepchrome.figures.fig2 import layer_table
from workflow_scripts.deepchrome.figures.fig2 import main as plot_fig2
from workflow_scripts.deepchrome.figures.pick_example_gene import main as pick_example_gene
from workflow_scripts.deepchrome.figures.pick_example_gene import pick
from workflow_scripts.deepchrome.figures.table1 import main as plot_table1
from workflow_scripts.deepchrome.figures.table2 import main as plot_table2
from workflow_scripts.deepchrome.models.network import build_network

PAPER = dict(n_bins=100, n_marks=5, filters=50, kernel=10, pool=5, hidden=[625, 125], dropout=0.5)
OTHER = dict(n_bins=41, n_marks=3, filters=7, kernel=4, pool=3, hidden=[11, 5], dropout=0.2)


def paths(folder):
    return {suffix: str(folder / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}


def drawn(folder):
    assert Path(folder / "f.png").stat().st_size > 1000
    assert "</svg>" in Path(folder / "f.svg").read_text()
    return pd.read_csv(folder / "f.tsv", sep="\t", keep_default_na=False)


@pytest.mark.parametrize("sizes", [PAPER, OTHER], ids=["paper", "other"])
def test_the_drawn_network_is_the_one_that_is_built(sizes, tmp_path):
    network, table = build_network(**sizes), layer_table(**sizes)
    assert table.parameters.sum() == network.count_params()
    for name in ("convolution", "pooling", "flat"):
        shape = network.get_layer(name).output.shape[1:]
        row = table.set_index("layer").loc[name]
        assert row.length * row.channels == np.prod(shape)
        assert row.length == shape[0]
    draw_figure(plot_fig2, sizes=sizes, **paths(tmp_path))
    assert drawn(tmp_path).parameters.sum() == network.count_params()


def test_the_example_is_a_high_gene_and_its_counts_are_told(tmp_path):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 50).astype("int8")
    data = Marks.of_genes(
        rng.poisson(3, (50, 20, 2)), [f"G{n}" for n in range(50)], ["a", "b"], label=label,
        strand=np.full(50, "-"), tss=np.arange(50),
    )  # fmt: skip
    gene = pick(data)
    signal = data.values.sum((1, 2))
    above = (signal[label == 1] > signal[gene]).mean()
    assert label[gene] == 1
    assert 0.15 < above < 0.35
    data.save(tmp_path / "d.npz")
    pick_example_gene(
        str(tmp_path / "d.npz"), cell="A", bin_size=50, out=str(tmp_path / "gene.tsv")
    )
    draw_figure(plot_fig1, str(tmp_path / "gene.tsv"), oriented=False, **paths(tmp_path))
    table = drawn(tmp_path)
    for number, mark in enumerate("ab"):
        rows = table[table.mark == mark]
        assert rows["count"].tolist() == data.values[gene, :, number].tolist()
        assert rows.offset.tolist() == list(range(-500, 500, 50))


def test_tables_of_methods_and_marks(root, tmp_path):
    methods = str(root / "resources/published/deepchrome_methods.tsv")
    draw_figure(plot_table1, methods, **paths(tmp_path))
    assert "DeepChrome" in set(drawn(tmp_path).method)
    draw_figure(plot_table2, marks=["H3K4me3", "H3K9me3"], **paths(tmp_path))
    assert drawn(tmp_path).goes_with.tolist() == ["high", "low"]
