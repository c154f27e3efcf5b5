"""CisModule's modules and sites: exact sums over all paths through a sequence, and draws from them.

Compiled by numba. `weights` and `ratios` are relative to the background, where each base has 1.
"""

import numpy as np

from workflow_scripts.chromaloom.ml.numba_cache import prepare_cache

prepare_cache()  # numba reads the cache folder when a function is decorated
from numba import njit  # noqa: E402

BLOCK = 256  # module starts per block, so that their rows stay in the L1 cache


@njit(cache=True)
def word_ratios(codes, background, motifs, both_strands):
    """Likelihood ratio of each word under each motif and strand to the background.

    Returns
    -------
    float64 array, shape=(N, K, 2)
        Ratio of the word starting at each position; 0 if it contains an unknown base or extends
        beyond the end, and on the reverse strand without `both_strands`. With `both_strands` each
        strand has weight 0.5.
    """
    number, (count, width, _) = len(codes), motifs.shape
    # a row of factors (all motifs, both strands) for each column and base
    factors = np.zeros((width, 4, 2 * count))
    for k in range(count):
        for j in range(width):
            for code in range(4):
                factors[j, code, 2 * k] = motifs[k, j, code]
                if both_strands:
                    factors[j, code, 2 * k + 1] = motifs[k, width - 1 - j, 3 - code]
    share = 0.5 if both_strands else 1.0
    ratios = np.zeros((number, 2 * count))
    row = np.empty(2 * count)
    for start in range(number - width + 1):
        under, known = 1.0, True
        for j in range(width):
            known = known and codes[start + j] < 4
            under *= background[start + j]
        if not known:
            continue
        row[:] = share / under
        for j in range(width):
            factor = factors[j, codes[start + j]]
            for k in range(2 * count):
                row[k] *= factor[k]
        ratios[start] = row
    return ratios.reshape(number, count, 2)


@njit(cache=True)
def site_weights(ratios, q, width):
    """Sum over motifs and strands of qk · ratio / q0^width, shape=(N,)."""
    number, motifs, _ = ratios.shape
    weights, scale = np.zeros(number), q[0] ** -width
    for start in range(number):
        for k in range(motifs):
            weights[start] += q[k + 1] * scale * (ratios[start, k, 0] + ratios[start, k, 1])
    return weights


@njit(cache=True)
def module_ratios(weights, first, last, length, width, q0):
    """Likelihood ratio of a module at each start in [first, last) to the background.

    g(j) = g(j - 1) + weight(j - width) · g(j - width) sums over all placements of sites in the
    first j bp of a module, in units of q0^j; no site extends beyond the module.
    """
    ratios = np.empty(last - first)
    rows, top = np.empty((width, BLOCK)), np.empty(BLOCK)
    for block in range(first, last, BLOCK):
        size = min(BLOCK, last - block)
        rows[:] = 1.0
        top[:] = 1.0
        for j in range(width, length + 1):
            row = rows[j % width]
            here = weights[block + j - width : block + j - width + size]
            for i in range(size):
                top[i] += here[i] * row[i]
                row[i] = top[i]
        for i in range(size):
            ratios[block - first + i] = top[i] * q0**length
    return ratios


@njit(cache=True)
def forward_sums(ratios, size, length, r):
    """Log of the sum over all paths through the first n bp of a sequence, relative to background.

    ratios: those of module starts 0 … size - length; returns shape=(size + 1,).
    """
    sums = np.zeros(size + 1)
    for n in range(1, size + 1):
        total = 1.0 - r
        if n >= length:
            total += r * ratios[n - length] * np.exp(sums[n - length] - sums[n - 1])
        sums[n] = sums[n - 1] + np.log(total)
    return sums


@njit(cache=True)
def draw_sequence(first, ratios, modules, sums, weights, q, r, length, width, rng, sites, number):
    """Draw the modules of one sequence from its end backwards, and the sites of each module.

    Writes rows (start, motif, strand) to `sites` from row `number` on; returns the number of rows
    written so far and the number of modules.
    """
    found, n = 0, len(sums) - 1
    g = np.ones(length + 1)
    while n >= length:
        chance = r * modules[n - length] * np.exp(sums[n - length] - sums[n])
        if rng.random() >= chance:
            n -= 1
            continue
        n -= length
        found += 1
        start = first + n
        for j in range(width, length + 1):
            g[j] = g[j - 1] + weights[start + j - width] * g[j - width]
        j = length
        while j >= width:
            word = start + j - width
            if rng.random() * g[j] >= weights[word] * g[j - width]:
                j -= 1
                continue
            j -= width
            number = _draw_motif(word, ratios[word], q, rng, sites, number)
    return number, found


@njit(cache=True)
def _draw_motif(word, ratios, q, rng, sites, number):
    """Draw motif and strand of a site and add it to `sites`."""
    total = 0.0
    for k in range(len(ratios)):
        total += q[k + 1] * (ratios[k, 0] + ratios[k, 1])
    point, chosen, strand = rng.random() * total, len(ratios) - 1, 0
    for k in range(len(ratios)):
        for side in range(2):
            point -= q[k + 1] * ratios[k, side]
            if point < 0:
                sites[number, 0], sites[number, 1], sites[number, 2] = word, k, side
                return number + 1
    sites[number, 0], sites[number, 1], sites[number, 2] = word, chosen, strand
    return number + 1


@njit(cache=True)
def draw_alignment(codes, bounds, background, motifs, q, r, length, both_strands, rng):
    """Draw modules and sites of all sequences given the parameters.

    Returns
    -------
    sites : int64 array, shape=(n, 3)
        Start (position in `codes`), motif, strand (1: reverse).
    modules : int
        Number of modules.
    log_likelihood : float
        Log likelihood of all sequences relative to background, summed over modules and sites.
    """
    width, total, modules, likelihood = motifs.shape[1], 0, 0, 0.0
    ratios = word_ratios(codes, background, motifs, both_strands)
    weights = site_weights(ratios, q, width)
    sites = np.empty((len(codes) // width + 1, 3), np.int64)
    for s in range(len(bounds) - 1):
        first, size = bounds[s], bounds[s + 1] - bounds[s]
        if size < length:
            continue
        inside = module_ratios(weights, first, first + size - length + 1, length, width, q[0])
        sums = forward_sums(inside, size, length, r)
        likelihood += sums[size]
        total, found = draw_sequence(
            first, ratios, inside, sums, weights, q, r, length, width, rng, sites, total
        )
        modules += found
    return sites[:total], modules, likelihood
