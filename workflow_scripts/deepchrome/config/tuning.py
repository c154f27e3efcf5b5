"""Settings of the network that the tuning compares, and their names."""

from itertools import product

from workflow_scripts.chromaloom.workflow.errors import UserError

SIZES = ("kernel", "pool", "filters", "convolutions")
TWO = "deepchrome_2conv"


def setting_name(setting: dict) -> str:
    """Name in tuning.tsv and metrics.tsv: sizes of the network, or `deepchrome_2conv`."""
    if setting["convolutions"] == 2:
        return TWO
    return "deepchrome_k{kernel}_m{pool}_f{filters}".format(**setting)


def plan_settings(tuning: dict, network: dict, n_bins: int, where: str) -> dict[str, dict]:
    """Networks of the tuning by name, as keywords of `build_network`.

    The grid of kernels, pools and filters, the run's own network where the grid lacks it, and one
    like that with two convolutions.

    Raises
    ------
    UserError
        A kernel and pool for which the bins do not suffice.
    """
    own = {**network, "convolutions": 1}
    grid = product(tuning["kernels"], tuning["pools"], tuning["filters"])
    settings = [{**own, "kernel": k, "pool": m, "filters": f} for k, m, f in grid]
    if own not in settings:
        settings.append(own)
    if tuning["two_convolutions"]:
        settings.append({**own, "convolutions": 2})
    for setting in settings:
        left = n_bins - setting["convolutions"] * (setting["kernel"] - 1)
        if left < setting["pool"]:
            raise UserError(
                f"{where}: {setting['convolutions']} convolution(s) of kernel {setting['kernel']}"
                f" leave {max(left, 0)} of {n_bins} bins (tss_bins.n_bins);"
                f" pool {setting['pool']} needs as many"
            )
    return {setting_name(setting): setting for setting in settings}


def plan_tuned_cells(tuning: dict, cells: list[str], where: str) -> list[str]:
    """Cells to tune: those that the config names, or all; none when tuning is off."""
    for cell in tuning["cells"]:
        if cell not in cells:
            raise UserError(f"{where}.cells: {cell!r} is not a cell of this run;"
                            f" there: {', '.join(cells)}")  # fmt: skip
    return (tuning["cells"] or list(cells)) if tuning["enabled"] else []
