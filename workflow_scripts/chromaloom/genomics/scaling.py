"""Scaling of binned tracks to 0-1.

Covered fractions are between 0 and 1 already; z-scores, coverage and table columns are not.
"""

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

RULES = ("none", "minmax", "percentile")
LOW, HIGH = 1.0, 99.0  # percent, defaults of the rule


def scale_track(values: np.ndarray, rule: dict | str, name: str = "track") -> np.ndarray:
    """Scale one track to 0-1; NaN (unmeasured) is kept.

    Parameters
    ----------
    values : float array, shape=(N,)
        Value of each bin, any unit; NaN where unmeasured.
    rule : dict or str
        `none` (values must be within 0 to 1), `minmax` (minimum 0, maximum 1), or `percentile`: the
        `low`-th percentile becomes 0, the `high`-th 1, and values beyond are clipped, so that a few
        extreme bins do not compress the rest. As text, the rule's name; as dict, `{rule:
        percentile, low: 1, high: 99}` (low and high in percent, optional).
    name : str
        Sample or factor, for messages.

    Returns
    -------
    float64 array, shape=(N,)

    Raises
    ------
    UserError
        An unknown rule, low and high that are not 0 ≤ low < high ≤ 100, no values, infinite values,
        values outside 0 to 1 with `none`, or a constant track with the other rules.
    """
    values = np.asarray(values, dtype=np.float64)
    low, high = _percentiles(rule)
    measured = values[~np.isnan(values)]
    if not len(measured):
        raise UserError(f"{name}: all values are NaN; expected: a track that was measured")
    if not np.isfinite(measured).all():
        raise UserError(f"{name}: infinite values; expected: finite values, or NaN for unmeasured")
    if low is None or high is None:
        if measured.min() < 0 or measured.max() > 1:
            raise UserError(
                f"{name}: values from {measured.min():.4g} to {measured.max():.4g} under scaling"
                " 'none'; expected: 0 to 1, or scaling by minmax or percentile"
            )
        return values.copy()
    bottom, top = np.percentile(measured, [low, high])
    if not top > bottom:
        raise UserError(
            f"{name}: its {low:g}th and {high:g}th percentile are both {top:.4g}; expected: a track"
            " with spread between them, or wider percentiles"
        )
    return np.clip((values - bottom) / (top - bottom), 0, 1)


def _percentiles(rule: dict | str) -> tuple[float | None, float | None]:
    """Percentiles that become 0 and 1; None for no scaling."""
    settings = {"rule": rule} if isinstance(rule, str) else dict(rule)
    name = settings.pop("rule", None)
    if name not in RULES:
        raise UserError(f"scaling rule {name!r}; expected: {', '.join(RULES)}")
    if unknown := sorted(set(settings) - {"low", "high"}):
        raise UserError(f"scaling rule: unknown key {unknown[0]!r}; expected: rule, low, high")
    if name == "none":
        return None, None
    if name == "minmax":
        return 0.0, 100.0
    low, high = float(settings.get("low", LOW)), float(settings.get("high", HIGH))
    if not 0 <= low < high <= 100:
        raise UserError(
            f"scaling rule: low {low:g}, high {high:g}; expected: 0 ≤ low < high ≤ 100 (per cent)"
        )
    return low, high
