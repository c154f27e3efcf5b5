"""A published network on one chromosome of a map, in the tiles and the range of its authors' code.

Unlike the networks of a run, which read windows of a balanced map, published ones read small tiles
of counts up to 2 Mb from the diagonal (`config.published`).
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import cooler
import numpy as np
from scipy.sparse import csr_matrix, diags, triu

from workflow_scripts.chromaloom.genomics.contacts import chromosome_weights, map_resolutions
from workflow_scripts.enhancement.config.published import REACH, RESOLUTION, PublishedModel

log = logging.getLogger("chromaloom")

BATCH = 64  # tiles at once
# Lengths (bp) of human chromosomes 1 and 21 in hg18, hg19, hg38 and T2T-CHM13
HUMAN = {
    247_249_719, 249_250_621, 248_956_422, 248_387_328,
    46_944_323, 48_129_895, 46_709_983, 45_090_682,
}  # fmt: skip

# (n, b, b) float32 tiles in the range of the network -> (n, tile, tile)
Predict = Callable[[np.ndarray], np.ndarray]


def published_resolution(path: str | Path, configured: int, model: str) -> int:
    """Bin size (bp) to read: 10 kb if the file has it, else the config's, with a warning."""
    if RESOLUTION in map_resolutions(path):
        return RESOLUTION
    log.warning("%s: no map of %d bp, the bins that %s was trained on; bins of %d bp are read, for"
                " which it was never tested", path, RESOLUTION, model, configured)  # fmt: skip
    return configured


def check_species(clr: cooler.Cooler, path: str | Path, model: str) -> None:
    """Warn about a map without a chromosome of the length of human chromosome 1 or 21."""
    if not HUMAN & {int(length) for length in clr.chromsizes}:
        log.warning("%s: neither chromosome 1 nor 21 of a human assembly; %s was trained on human"
                    " cells, and never tested on others", path, model)  # fmt: skip


def chromosome_contacts(
    clr: cooler.Cooler, chrom: str, model: PublishedModel
) -> tuple[csr_matrix, np.ndarray]:
    """Contacts of a chromosome as a published network was trained on them.

    Parameters
    ----------
    clr
        A regular map; balanced, if the model reads balanced contacts.
    chrom
        Chromosome.
    model
        The network.

    Returns
    -------
    contacts : sparse float64 matrix, shape=(bins, bins)
        Symmetric. Counts; or balanced contacts in units of counts, rounded down as in DeepHiC's
        code: their sum over unmasked bins before rounding is that of the counts.
    known : bool array, shape=(bins,)
        Bins with contacts; for balanced contacts the unmasked ones.
    """
    counts = clr.matrix(balance=False, sparse=True).fetch(chrom).tocsr().astype(float)
    if not model.balanced:
        return counts, np.asarray(counts.sum(axis=1)).ravel() > 0
    weight = chromosome_weights(clr, chrom)
    known, safe = np.isfinite(weight), np.nan_to_num(weight)
    balanced = diags(safe) @ counts @ diags(safe)
    if (total := balanced.sum()) > 0:
        whole = counts[known][:, known].sum()
        # rounding errors must not turn a whole number into the one below
        balanced.data = np.floor(balanced.data * (whole / total) + 1e-6)
    return balanced.tocsr(), known


def tile_offsets(model: PublishedModel) -> int:
    """Number of tiles from the diagonal on in which a row of tiles covers `REACH` diagonals."""
    return -(-(REACH - 1) // model.tile) + 1


def tiles(contacts: csr_matrix, model: PublishedModel) -> Iterator[tuple[int, int, np.ndarray]]:
    """Tiles of the network's input near the diagonal.

    Parameters
    ----------
    contacts
        Symmetric matrix of contacts.
    model
        The network.

    Yields
    ------
    tuple
        First row and first column of the tile's output, and float32 array (b, b) with
        b = tile + 2 margin. Beyond the matrix tiles are 0.
    """
    bins, side = contacts.shape[0], model.tile + 2 * model.margin
    number = -(-bins // model.tile)
    for row in range(number):
        for column in range(row, min(row + tile_offsets(model), number)):
            first = [at * model.tile - model.margin for at in (row, column)]
            spans = [(max(0, at), min(bins, at + side)) for at in first]
            tile = np.zeros((side, side), "float32")
            (top, bottom), (left, right) = spans
            tile[top - first[0] : bottom - first[0], left - first[1] : right - first[1]] = contacts[
                top:bottom, left:right
            ].toarray()
            yield row * model.tile, column * model.tile, tile


def network_range(tile: np.ndarray, model: PublishedModel) -> np.ndarray:
    """Contacts in the range of the network: multiplied, clipped, divided."""
    return np.minimum(tile * model.scale, model.clip_value) / model.divisor


def enhance_published(
    contacts: csr_matrix, known: np.ndarray, predict: Predict, model: PublishedModel
) -> tuple[np.ndarray, dict]:
    """Predict a chromosome's tiles and put them together.

    Parameters
    ----------
    contacts, known
        From `chromosome_contacts`.
    predict
        The network.
    model
        Its tiles and range.

    Returns
    -------
    band : float64 array, shape=(bins, REACH)
        Contacts at full depth; NaN in unknown bins and beyond the chromosome. Each pixel is the
        mean of the two that the network gives for it, above and below the diagonal.
    facts : dict
        Counts: bins, masked (unknown), windows (tiles), skipped_windows (0).
    """
    bins = len(known)
    index = np.flatnonzero(known) if model.compact else np.arange(bins)
    inner = contacts[index][:, index] if model.compact else contacts
    band, number = np.full((bins, REACH), np.nan), 0
    pending: list[tuple[int, int, np.ndarray]] = []

    def place() -> None:
        low = network_range(np.stack([tile for _, _, tile in pending]), model)
        # networks are not symmetric: the mirrored tile is predicted as well
        above, below = predict(low), predict(low.transpose(0, 2, 1))
        values = (above + below.transpose(0, 2, 1)).astype(float) / 2 * model.output
        for (row, column, _), value in zip(pending, values, strict=True):
            one, two = index[row : row + model.tile], index[column : column + model.tile]
            distance = two[None, :] - one[:, None]
            i, j = np.nonzero((distance >= 0) & (distance < REACH))
            band[one[i], distance[i, j]] = value[i, j]

    for tile in tiles(inner, model):
        pending.append(tile)
        number += 1
        if len(pending) == BATCH:
            place()
            pending = []
    if pending:
        place()
    band[unknown_pixels(known)] = np.nan
    masked = int((~known).sum())
    return band, {"bins": bins, "masked": masked, "windows": number, "skipped_windows": 0}


def contact_band(contacts: csr_matrix, known: np.ndarray) -> np.ndarray:
    """Contacts near the diagonal, float64 (bins, REACH); NaN as in `enhance_published`."""
    bins = len(known)
    band = np.zeros((bins, REACH))
    matrix = contacts.tocoo()
    near = (matrix.col >= matrix.row) & (matrix.col - matrix.row < REACH)
    band[matrix.row[near], (matrix.col - matrix.row)[near]] = matrix.data[near]
    band[unknown_pixels(known)] = np.nan
    return band


def unknown_pixels(known: np.ndarray) -> np.ndarray:
    """Pixels of a band, bool (bins, REACH), of an unknown bin or beyond the chromosome."""
    partner = np.arange(len(known))[:, None] + np.arange(REACH)
    inside = partner < len(known)
    return ~(inside & known[:, None] & known[np.where(inside, partner, 0)])


def contacts_beyond(contacts: csr_matrix) -> dict[str, float]:
    """Pixels with contacts beyond the reach of the output, and their fraction of the contacts."""
    matrix = triu(contacts).tocoo()
    far = (matrix.col - matrix.row >= REACH) & (matrix.data > 0)
    total = matrix.data.sum()
    fraction = float(matrix.data[far].sum() / total) if total > 0 else np.nan
    return {"pixels_beyond": int(far.sum()), "fraction_beyond": fraction}


def clipped_fraction(contacts: csr_matrix, model: PublishedModel) -> float:
    """Fraction of the pixels with contacts that the network's cutoff clips."""
    if not contacts.nnz:
        return 0.0
    return float((contacts.data * model.scale > model.clip_value).mean())
