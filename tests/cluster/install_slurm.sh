#!/usr/bin/env bash
# Install SLURM and munge from Debian's packages, for the tests that start a cluster of their own.
# Does nothing where they are. No service is started, now or at boot.
set -euo pipefail

have() { command -v slurmctld && command -v slurmd && command -v munged && command -v sbatch; } >/dev/null
have && exit 0
die() { echo "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "SLURM is not installed, and only root may install it"
command -v apt-get >/dev/null || die "SLURM is not installed, and there is no apt-get to install it with"

# a service that starts by itself would be a second cluster on this machine
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
wait=-oDPkg::Lock::Timeout=120 # other tests' installations
{ apt-get $wait update -qq && apt-get $wait install -y -qq --no-install-recommends slurm-wlm munge; } >/tmp/install_slurm.log 2>&1 ||
    die "apt-get could not install slurm-wlm and munge: $(tail -n 1 /tmp/install_slurm.log)"
for unit in slurmctld slurmd munge; do
    [ ! -d /run/systemd/system ] || systemctl disable --quiet $unit || true
done
have || die "apt-get installed slurm-wlm and munge, but their commands are not on PATH"
