import pandas as pd
import pytest
from planted_marks import BINS, planted

from workflow_scripts.deepchrome.evaluation.predict_deepchrome import main as predict_deepchrome
from workflow_scripts.deepchrome.models.network import build_network

pytestmark = pytest.mark.usefixtures("device")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A dataset and three networks with different initial weights."""
    folder = tmp_path_factory.mktemp("networks")
    planted(genes=200).save(folder / "data.npz")
    for seed in range(3):
        network = build_network(
            n_bins=BINS, n_marks=5, filters=4, kernel=5, hidden=(8, 6), seed=seed
        )
        network.save(folder / f"{seed}.keras")
    return folder


def test_cells_and_models_are_predicted_with_their_own_networks(folder, tmp_path):
    files = [str(folder / f"{seed}.keras") for seed in range(3)]
    # two cells of the same data, the second with the first's networks in another order
    swapped = [files[1], files[0], files[2]]
    tables = [str(tmp_path / f"{cell}.{m}.tsv.gz") for cell in "ab" for m in ("real", "control")]
    predict_deepchrome(
        [str(folder / "data.npz")] * 2, [*files, *swapped],
        seeds={"deepchrome": [1, 2], "deepchrome_shuffled": [1]},
        shuffled=["deepchrome_shuffled"], gpu=0, threads=1, predictions=tables,
    )  # fmt: skip
    one, one_control, two, two_control = (pd.read_csv(path, sep="\t") for path in tables)
    by_seed = [
        {seed: rows.score.tolist() for seed, rows in table.groupby("seed")} for table in (one, two)
    ]
    assert by_seed[0][1] == by_seed[1][2] != by_seed[0][2] == by_seed[1][1]
    pd.testing.assert_frame_equal(one_control, two_control)
    data = planted(genes=200)
    assert one.label.tolist() == [*data.label, *data.label]
    assert one_control.label.tolist() != data.label.tolist()
    assert (one_control.label.sum()) == data.label.sum()


def test_networks_that_do_not_match_the_seeds_are_rejected(folder, tmp_path):
    with pytest.raises(ValueError, match="1 networks for 2 cells"):
        predict_deepchrome(
            [str(folder / "data.npz")] * 2, [str(folder / "1.keras")],
            seeds={"deepchrome": [1]}, shuffled=[], gpu=0, threads=1,
            predictions=[str(tmp_path / "a")],
        )  # fmt: skip
