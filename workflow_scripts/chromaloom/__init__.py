"""Shared mechanics of the workflow: files, genome, binning, splits, metrics, training, plotting.

Nothing here depends on a paper; code of a single paper belongs in that paper's folder.
"""
