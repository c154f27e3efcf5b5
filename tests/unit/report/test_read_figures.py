import pandas as pd
import pytest

from workflow_scripts.chromaloom.plot.style import plt
from workflow_scripts.contacts import plot_contacts
from workflow_scripts.report import plot_mapping, plot_profile


@pytest.fixture
def drawn():
    """Draws figures and closes them."""
    figures = []

    def draw(main, table, path):
        table.to_csv(path, sep="\t", index=False)
        figure, shown = main(str(path))
        figures.append(figure)
        figure.canvas.draw()
        return figure, shown

    yield draw
    for figure in figures:
        plt.close(figure)


def inside(figure, part) -> bool:
    """Whether a part lies within its figure."""
    box, page = part.get_window_extent(), figure.bbox
    return box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= page.y1


@pytest.mark.parametrize(("cells", "targets"), [(1, 6), (1, 1), (4, 6), (6, 12)])
def test_the_legend_of_the_profile_fits_the_figure(drawn, tmp_path, cells, targets):
    names = [(f"cell {c}", f"H3K27me{t}") for c in range(cells) for t in range(targets)]
    rows = [
        {"sample": f"{cell}, {target}", "cell": cell, "target": target, "offset": o, "mean": 1 + o}
        for cell, target in names
        for o in (0, 50, 100)
    ]
    figure, _ = drawn(plot_profile.main, pd.DataFrame(rows), tmp_path / "profiles.tsv")
    (legend,) = figure.legends
    assert len(legend.get_texts()) == targets
    assert inside(figure, legend)


@pytest.mark.parametrize("samples", [1, 36])
def test_bars_of_reads_leave_no_empty_rows(drawn, tmp_path, samples):
    table = pd.DataFrame({"sample": [f"s{n}" for n in range(samples)], "total": 100, "mapped": 90,
                          "multi": 5, "duplicates": 5, "kept": 80})  # fmt: skip
    figure, shown = drawn(plot_mapping.main, table, tmp_path / "mapping.tsv")
    (axes,) = figure.axes
    bottom, top = axes.get_ylim()
    assert (bottom, top) == (samples - 0.4, -0.6)
    assert inside(figure, figure.legends[0])
    assert shown.unmapped.tolist() == [10] * samples


def test_bars_of_pairs_leave_no_empty_rows(drawn, tmp_path):
    fates = {"trans": 10, "duplicates": 10, "one_mapped": 15, "unmapped": 5}
    distances = {"cis": 60, "cis_1kb": 50, "cis_20kb": 20}
    names = {"sample": [f"s{n}" for n in range(12)], "cell": "A", "assay": "Hi-C", "kind": "fastq"}
    table = pd.DataFrame({**names, "pairs": 100, **distances, **fates})
    figure, _ = drawn(plot_contacts.main, table, tmp_path / "quality.tsv")
    assert figure.axes[0].get_ylim() == (11.6, -0.6)
    assert inside(figure, figure.legends[0])
