"""Loops from HiChIP: counts of pairs of bins, loop calling, replicates."""
