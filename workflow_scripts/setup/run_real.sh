#!/usr/bin/env bash
# Run the configs of small real data, each to its report. Arguments: the snakemake command. Without a
# folder of them the data are downloaded (docs/data.md). One run that fails stops no other.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${CHROMALOOM_REAL_DATA:-../shared/data}
if [ ! -d "$data" ]; then
    if [ -n "${CHROMALOOM_REAL_DATA:-}" ]; then
        echo "error: CHROMALOOM_REAL_DATA names '$data', which is no folder; leave it out to download" >&2
        exit 1
    fi
    echo "no folder of real data at '$data': downloading them to results/downloads" >&2
fi
failed=()
for config in resources/configs/real-*.yaml; do
    echo "== $config" >&2
    "$@" --configfile "$config" -- || failed+=("$config")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "error: not to the end: ${failed[*]}; what is missing stands above and in results/*/logs" >&2
    exit 1
fi
