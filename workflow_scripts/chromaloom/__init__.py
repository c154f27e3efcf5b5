"""Shared mechanics of the workflow: files, genome, binning, splits, metrics, training, plotting.

Knows no paper: anything that only one paper needs lives in that paper's folder.
"""
