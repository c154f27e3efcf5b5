"""HiChIP: counts of pairs of bins to loops."""
