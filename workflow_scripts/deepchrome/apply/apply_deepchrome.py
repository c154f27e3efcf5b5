"""Predict the genes of a cell with the networks of a bundle."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.bundles import Bundle, load_bundle
from workflow_scripts.chromaloom.ml.calibration import calibration_line
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import predict_blocks
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.apply.bundle_deepchrome import depth_of
from workflow_scripts.deepchrome.apply.inputs import check_unit
from workflow_scripts.deepchrome.data.import_marks import import_tables
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.data.stack_marks import stack_signal

log = logging.getLogger("chromaloom")
FAR = 2.0  # ratio of depths from which on a warning is given


def compare_depth(data: Marks, bundle: Bundle, match: bool) -> pd.DataFrame:
    """Mean per bin of each mark, here and in the bundle, and the factor that counts are scaled by.

    Columns: mark, unit, mean_per_bin, mean_per_bin_bundle, ratio, scale (1 unless `match`); NaN
    where the bundle does not know its depth.
    """
    wanted, found = bundle.inputs["mean_per_bin"] or {}, depth_of(data)
    rows = []
    for mark, unit in zip(data.marks, data.unit, strict=True):
        own = wanted.get(mark, np.nan)
        ratio = found[mark] / own if own else np.nan
        if match and not found[mark]:
            raise UserError(
                f"match_depth: {mark} has no signal in any bin; expected: reads to scale; fix:"
                " remove match_depth, or check the sample"
            )
        rows.append(
            dict(mark=mark, unit=unit or "unknown", mean_per_bin=found[mark],
                 mean_per_bin_bundle=own, ratio=ratio, scale=1 / ratio if match else 1.0)
        )  # fmt: skip
        if not match and mark in wanted and not 1 / FAR <= ratio <= FAR:
            log.warning(
                "%s: mean per bin %.3g, in the bundle's training data %.3g (ratio %.2g): networks"
                " see counts, so probabilities may be shifted; match_depth: true scales them",
                mark, found[mark], own, ratio,
            )  # fmt: skip
    return pd.DataFrame(rows)


def predict_genes(
    data: Marks, networks: list[str], names: list[str], *, logarithm: bool = True
) -> pd.DataFrame:
    """Return a row per gene: gene_id, chrom, tss, strand, mean, sd, and P(high) of each network.

    The last output of a network is P(high), or with `logarithm` its logarithm. `sd` is the standard
    deviation over the networks (divided by their number), 0 of one.
    """
    scores = {}
    for name, path in zip(names, networks, strict=True):
        network = keras.models.load_model(path, compile=False)
        high = predict_blocks(network, data.values)[:, -1]
        scores[name] = np.exp(high) if logarithm else high
    stacked = np.stack(list(scores.values())).astype("float64")
    place = {key: getattr(data, key) for key in ("gene_id", "chrom", "tss", "strand")}
    return pd.DataFrame({**place, "mean": stacked.mean(0), "sd": stacked.std(0), **scores})


def main(
    files: list[str],
    *,
    bundle: str,
    where: str,
    kind: str,
    marks: list[str],
    cell: str,
    match_depth: bool,
    unknown: list[str],
    gpu: int,
    threads: int,
    genes: str,
    summary: str,
) -> None:
    """Write the predictions of all genes, and what the marks are beside those of the bundle.

    Parameters
    ----------
    files
        Files of `count_tss_bins`, or ready tables of marks.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    kind, marks
        Kind of ready tables, empty for counted signal; mark of each file of counted signal.
    cell
        Name of the cell.
    match_depth
        Whether each mark is scaled to the mean per bin of the bundle's training data.
    unknown
        Names of inputs that could not be compared with the bundle, for a warning.
    gpu, threads
        As `prepare_device`.
    genes, summary
        Outputs: tables of `predict_genes` and `compare_depth`.

    Raises
    ------
    UserError
        A file of the bundle is not the one that it was written with, or a mark is in another unit.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    model = load_bundle(bundle, where)
    wanted = model.inputs
    if kind:
        data = import_tables(
            files, kind=kind, splits=[""] * len(files), marks=wanted["marks"],
            n_bins=wanted["n_bins"],
        )  # fmt: skip
    else:
        data = stack_signal(files, marks, cell)
    known = [
        check_unit(model, str(mark), str(unit), where, f"cell {cell!r}")
        for mark, unit in zip(data.marks, data.unit, strict=True)
    ]
    if missing := [*unknown, *([] if all(known) else ["unit"])]:
        log.warning("%s: not known, and not compared with the bundle: %s", cell, ", ".join(missing))
    table = compare_depth(data, model, match_depth)
    if match_depth:
        data.values = (data.values * table.scale.to_numpy()).astype("float32")
        log.info("counts scaled to the depth of the bundle: %s", ", ".join(
            f"{mark} × {scale:.4g}" for mark, scale in zip(table.mark, table.scale, strict=True)
        ))  # fmt: skip
    logarithm = model.facts.get("outputs", {}).get("network") != "probability"
    predicted = predict_genes(data, model.weights, model.names, logarithm=logarithm)
    write_table(predicted, genes, float_format="%.6g")
    write_table(table, summary, float_format="%.6g")
    log.info("%d genes, %d networks", len(data.gene_id), len(model.weights))
    if line := calibration_line(model.facts):
        log.info("%s", line)


if __name__ == "__main__":
    run_script(main, snakemake)
