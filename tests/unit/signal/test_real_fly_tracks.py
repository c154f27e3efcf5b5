"""Tracks of the real fly sheets, on chr2L in 10 kb."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.sheets import read_sheet
from workflow_scripts.signal import bin_signal
from workflow_scripts.signal.plan import second_names
from workflow_scripts.signal.tracks import read_track

SIZE = 23_513_712
USED = 2235  # bins up to 22.35 Mb, where dm3 and dm6 agree
SETTINGS = {"value": "fraction", "bases_without_value": "zero", "beyond_end": "refuse"}
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def track(root, real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fly")
    (folder / "sizes").write_text(f"chr2L\t{SIZE}\n")
    schemas = root / "resources" / "schemas"
    sheets = {}
    for name in ("real/fly", "real/fly-states"):
        sheet = root / "resources" / "sheets" / name
        samples = read_sheet(f"{sheet}.samples.tsv", schemas / "samples.schema.yaml")
        sheets |= dict.fromkeys(samples.index, (f"{sheet}.runs.tsv", samples))

    def run(sample):
        path, samples = sheets[sample]
        runs = read_sheet(path, schemas / "runs.schema.yaml")
        rows = runs[runs["sample"] == sample]
        fill = lambda text: text.replace("{data}", str(real_data))  # noqa: E731
        bin_signal.main(
            sample=sample, kind=rows.kind.iloc[0], files=list(map(fill, rows.file)),
            names=list(map(fill, second_names(rows, samples.target[sample]))), control=[],
            sizes=str(folder / "sizes"), resolution=10_000, settings=SETTINGS,
            out=str(folder / f"{sample}.tsv.gz"),
        )  # fmt: skip
        table = read_track(str(folder / f"{sample}.tsv.gz"))
        assert len(table) == 2352 and table.end.iloc[-1] == SIZE
        return table.value.to_numpy()[:USED]

    return run


def test_states_are_shares_and_transcription_follows_colours(track):
    colors = {c: track(f"colour_{c}") for c in ("BLACK", "BLUE", "GREEN", "RED", "YELLOW")}
    nine = [track(f"S2_state9_{number}") for number in range(1, 10)]
    assert np.sum(nine, axis=0).max() <= 1 + 1e-6
    # neighboring colors share a few bases
    assert np.sum(list(colors.values()), axis=0).max() < 1.01
    transcribed = track("S2_PROseq")
    assert (transcribed >= 0).all() and transcribed.any()
    means = pd.Series({c: transcribed[share > 0.5].mean() for c, share in colors.items()})
    assert means[["RED", "YELLOW"]].min() > 3 * means[["BLACK", "BLUE"]].max()
    # state 1 of the nine is at active promoters, state 9 silent
    assert transcribed[nine[0] > 0.2].mean() > 10 * transcribed[nine[8] > 0.9].mean()


def test_tracks_of_other_bin_sizes_and_peaks_meet_on_the_same_places(track):
    values = track("S2_H3K4me1")
    assert np.isfinite(values).all()
    np.testing.assert_array_equal(values[0:2234:2], values[1:2234:2])  # of 20 kb
    peaks, signal = track("Kc_BEAF-32"), track("S2_BEAF-32")
    assert peaks.min() >= 0 and peaks.max() <= 1
    assert np.corrcoef(peaks, signal)[0, 1] > 0.2
