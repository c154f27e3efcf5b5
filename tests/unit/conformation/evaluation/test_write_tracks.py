"""σ as bigWig: the mean over the seeds, where every seed has a value."""

import numpy as np
import pandas as pd
import pyBigWig

from workflow_scripts.conformation.evaluation.write_tracks import main


def test_tracks_are_the_means_over_the_seeds(tmp_path):
    bins = pd.DataFrame({"chrom": "chr1", "start": [0, 10, 20], "end": [10, 20, 25]})
    paths = []
    for seed in (1, 3):
        paths.append(str(tmp_path / f"{seed}.tsv.gz"))
        backward = [np.nan, seed, 2 * seed] if seed == 1 else [5, seed, 2 * seed]
        bins.assign(sigma=[seed, 0.5, seed], backward=backward).to_csv(
            paths[-1], sep="\t", index=False
        )
    (tmp_path / "sizes").write_text("chr1\t25\n")
    files = {name: str(tmp_path / f"{name}.bw") for name in ("sigma", "backward")}
    main(paths, str(tmp_path / "sizes"), **files)
    found = {name: pyBigWig.open(path).intervals("chr1") for name, path in files.items()}
    assert found["sigma"] == ((0, 10, 2.0), (10, 20, 0.5), (20, 25, 2.0))
    # the first bin has no backward σ of one seed
    assert found["backward"] == ((10, 20, 2.0), (20, 25, 4.0))
