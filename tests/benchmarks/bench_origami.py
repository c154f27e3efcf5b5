"""Speed of Origami's sampler: 79,000 pairs of bins, 350 and 10,000 iterations of one chain.

Run by hand:

    python -m tests.benchmarks.bench_origami [--chains 1] [--short]

The pairs are simulated (counts that decay with distance, and planted loops), of bins up to 1 Mb
apart. Compilation is reported separately. Both wall time and CPU time are reported; the latter is
what an idle machine would take. Limits: 5 s and 150 s of CPU time.
"""

import argparse
import logging
import time

from sklearn.metrics import roc_auc_score

from tests.unit.loops.simulated import pair_data, simulate
from workflow_scripts.loops.origami import compile_sampler, run_chain

LIMITS = {350: 5.0, 10_000: 150.0}  # iterations: seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chains", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="only 350 iterations")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    simulated = simulate(0, bins=2400, reach=200, loops=700)
    *_, count, planted = simulated
    started = time.process_time()
    compile_sampler()
    print(f"compiled or loaded: {time.process_time() - started:.1f} CPU s")
    started = time.process_time()
    data = pair_data(simulated)
    print(f"{len(count)} pairs, {len(data.classes.size)} classes, {len(data.distance)} distances,"
          f" {len(data.spline.penalty)} splines, summarized in"
          f" {time.process_time() - started:.2f} s")  # fmt: skip
    for iterations, limit in list(LIMITS.items())[: 1 if args.short else 2]:
        settings = {"iterations": iterations, "burn_in": 100, "drop_every": 5, "max_count": 30}
        for number in range(args.chains):
            wall, started = time.monotonic(), time.process_time()
            chain = run_chain(data, settings, seed=1, number=number)
            spent, wall = time.process_time() - started, time.monotonic() - wall
            auc, raw = (roc_auc_score(planted, score) for score in (chain.probability, count))
            print(f"{iterations} iterations: {spent:.2f} CPU s ({wall:.1f} s wall time),"
                  f" limit {limit:g} s; AUC {auc:.4f}, raw counts {raw:.4f}",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
