"""Scaling of binned tracks to 0-1 by a stated rule.

Fractions of bins covered are 0 to 1 as they are; z-scores, coverage and table columns are not.
"""

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

RULES = ("none", "minmax", "percentile")
LOW, HIGH = 1.0, 99.0  # per cent, where the rule does not say


def scale_track(values: np.ndarray, rule: dict | str, name: str = "track") -> np.ndarray:
    """Scale one track to 0-1; values that are not measured (NaN) stay so.

    Parameters
    ----------
    values : float array, shape=(N,)
        Value of each bin, any unit; NaN where unmeasured.
    rule : dict or str
        `none` (the values must already lie in 0 to 1), `minmax` (least value 0, greatest 1), or
        `percentile`: the `low`-th percentile becomes 0, the `high`-th 1, what lies beyond is
        clipped, so that a few extreme bins do not flatten the rest. As text, the rule's name; as
        dict, `{rule: percentile, low: 1, high: 99}` (low and high in per cent, may be left out).
    name : str
        Sample or factor, for messages.

    Returns
    -------
    float64 array, shape=(N,)

    Raises
    ------
    UserError
        An unknown rule, low and high that are not 0 ≤ low < high ≤ 100, no value at all, infinite
        values, values outside 0 to 1 under `none`, or a track without any spread under the others.
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
    """Percentiles that become 0 and 1; None for values that stay as they are."""
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
