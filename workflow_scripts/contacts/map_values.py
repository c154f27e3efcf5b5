"""What the values of an imported map are: counts, fractions, or no contacts at all."""

import logging
from collections.abc import Mapping

import numpy as np

from workflow_scripts.chromaloom.genomics.cooler_files import first_bins
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
# Mean of the nonzero values below which they cannot be counts, whose nonzero values are 1 or more;
# balanced counts can be somewhat lower
LOWEST_MEAN = 0.5
# Range of the mean at every distance for which values are taken for observed over expected
OE_RANGE, OE_PIXELS, OE_SPANS = (0.6, 1.7), 50, 3
# Larger values are no exact whole numbers in float64
LARGEST = 2.0**53


class ValueSurvey:
    """Sums over the pixels of a map, and the check of each value.

    Parameters
    ----------
    source
        The file, for messages.
    sizes, resolution
        Chromosome lengths and bin size (bp) of the pixels' bins.

    Attributes
    ----------
    whole
        Whether all values are whole numbers.
    pixels, total, largest
        Number, sum and maximum of the nonzero values.
    """

    def __init__(self, source: str, sizes: Mapping[str, int], resolution: int) -> None:
        self.source, self.resolution = source, resolution
        self._names = list(sizes)
        self._first = np.array(list(first_bins(sizes, resolution).values()))
        self.whole, self.pixels, self.total, self.largest = True, 0, 0.0, 0.0
        # number and sum of values by power of 2 of the distance in bins
        self._number, self._sum = np.zeros(40, dtype=np.int64), np.zeros(40)

    def add(self, one: np.ndarray, two: np.ndarray, count: np.ndarray) -> None:
        """Add pixels, by bins of the genome.

        Raises
        ------
        UserError
            A value that is negative, infinite, NaN or too large for a count.
        """
        wrong = ~np.isfinite(count) | (count < 0) | (count > LARGEST)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            one, two = np.minimum(one, two), np.maximum(one, two)
            places = f"{self.place(one[row])} and {self.place(two[row])}"
            raise UserError(
                f"{self.source}: count {count[row]:g} of bins {places}; expected: counts, 0 or more"
                f" (at most {LARGEST:.0f}), no NaN; fix: import raw counts (differences and"
                " correlations of maps are no counts)"
            )
        seen = count > 0
        one, two, count = one[seen], two[seen], count[seen]
        self.pixels += len(count)
        self.total += float(count.sum())
        self.largest = max(self.largest, float(count.max(initial=0)))
        self.whole = self.whole and bool((count == np.round(count)).all())
        chrom = np.searchsorted(self._first, one, "right")
        distance = np.abs(two - one)
        near = (chrom == np.searchsorted(self._first, two, "right")) & (distance > 0)
        span = np.log2(distance[near]).astype(int)
        self._number += np.bincount(span, minlength=40)
        self._sum += np.bincount(span, count[near], minlength=40)

    def place(self, number: int) -> str:
        """Chromosome and start of a bin."""
        chrom = int(np.searchsorted(self._first, number, "right")) - 1
        return f"{self._names[chrom]}:{(int(number) - self._first[chrom]) * self.resolution}"

    def is_observed_expected(self) -> bool:
        """Whether fractions have a mean near 1 at every distance, as observed over expected has."""
        if self.whole:
            return False
        bins = np.diff(self._first)
        distance = np.arange(int(bins.max()))
        pairs = np.array([np.maximum(bins - d, 0).sum() for d in distance[1:]])
        span = np.log2(distance[1:]).astype(int)
        possible = np.bincount(span, pairs, minlength=40)
        used = self._number >= OE_PIXELS
        if used.sum() < OE_SPANS:
            return False
        low, high = OE_RANGE
        # expected over the stored pixels, or over all pairs of bins
        means = (self._sum[used] / self._number[used], self._sum[used] / possible[used])
        return any(bool(((mean > low) & (mean < high)).all()) for mean in means)


def unit_scale(survey: ValueSurvey, sample: str, scale: float) -> float:
    """Factor that makes a map's values counts, or at least comparable to counts.

    Parameters
    ----------
    survey
        Of all pixels.
    sample
        Name of the sample.
    scale
        `contacts.count_scale` of the sample; 0 if it is not given.

    Returns
    -------
    float
        1 for whole counts.

    Raises
    ------
    UserError
        Fractions too small to be counts.
    """
    if survey.whole or not survey.pixels:
        return 1.0
    if survey.is_observed_expected():
        log.warning(
            "%s: the mean is near 1 at every distance, as of observed over expected, which are no"
            " counts; expected: raw counts; the map is balanced as it is",
            survey.source,
        )  # fmt: skip
    mean = survey.total / survey.pixels * (scale or 1)
    if mean < LOWEST_MEAN:
        raise UserError(
            f"{survey.source}: values of {mean:.3g} on average in {survey.pixels} pixels; expected:"
            " counts, 1 or more in each (balanced or normalized values are no counts); fix: import"
            f" the raw counts, or set contacts.count_scale.{sample} to the number of contacts of"
            f" the map divided by {survey.total:.6g}, the sum of its values"
        )
    log.warning(
        "%s: values are fractions%s, no counts: their noise is not that of counts, and filters by"
        " counts do not apply as usual",
        survey.source, f", multiplied by {scale:g}" if scale else "",
    )  # fmt: skip
    return scale or 1.0
