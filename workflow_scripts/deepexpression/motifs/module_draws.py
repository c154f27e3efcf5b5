"""CisModule's modules and sites: exact sums over all ways to read a sequence, and draws from them.

Compiled by numba. `weights` and `ratios` are over the background, so that a background letter has
1; with equal widths of all motifs a step inside a module costs the same whatever their number.
"""

import numpy as np

from workflow_scripts.chromaloom.ml.numba_cache import prepare_cache

prepare_cache()  # before numba decorates a function
from numba import njit  # noqa: E402

BLOCK = 256  # module starts taken side by side: their rows stay in the processor's first cache


@njit(cache=True)
def word_ratios(codes, background, motifs, both):
    """Probability of each word under each motif and strand, over that under the background.

    Returns
    -------
    float64 array, shape=(N, K, 2)
        Of the word that starts at a place; 0 where it holds an unknown letter or runs over the end,
        and on the reverse strand without `both`; with it, each strand counts half.
    """
    number, (count, width, _) = len(codes), motifs.shape
    # one row of factors, all motifs on both strands, for each column and letter
    factors = np.zeros((width, 4, 2 * count))
    for k in range(count):
        for j in range(width):
            for code in range(4):
                factors[j, code, 2 * k] = motifs[k, j, code]
                if both:
                    factors[j, code, 2 * k + 1] = motifs[k, width - 1 - j, 3 - code]
    share = 0.5 if both else 1.0
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
    """Probability of a module from each start in [first, last), over that of background.

    g(j) = g(j - 1) + weight(j - width) · g(j - width) sums over all ways to put sites into the
    first j bp of a module, in units of q0^j; no site runs over the module's end.
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
    """Log of the sum over all ways to read the first n bp of a sequence, over background alone.

    ratios: those of the module starts 0 … size - length; returns shape=(size + 1,).
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
    """Draw the modules of one sequence from its end back, and the sites of each.

    Writes rows (start, motif, strand) to `sites` from row `number` on; returns the rows written so
    far and the number of modules.
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
    """Choose motif and strand of a site, and note it."""
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
def draw_alignment(codes, bounds, background, motifs, q, r, length, both, rng):
    """Draw modules and sites of all sequences, given the parameters.

    Returns
    -------
    sites : int64 array, shape=(n, 3)
        Start (place in `codes`), motif, strand (1: reverse).
    modules : int
    log_likelihood : float
        Of all sequences over background alone, modules and sites summed out.
    """
    width, total, modules, likelihood = motifs.shape[1], 0, 0, 0.0
    ratios = word_ratios(codes, background, motifs, both)
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
