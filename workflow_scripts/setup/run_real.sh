#!/usr/bin/env bash
# Run the configs of small real data, each to its report. Arguments: the snakemake command.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${CHROMALOOM_REAL_DATA:-../shared/data}
if [ ! -d "$data" ]; then
    echo "skipped: no folder of real data at '$data'; set CHROMALOOM_REAL_DATA to where it is" >&2
    exit 0
fi
for config in resources/configs/real-*.yaml; do
    echo "== $config" >&2
    "$@" --configfile "$config" --
done
