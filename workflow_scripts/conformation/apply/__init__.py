"""Bundles of trained networks, and their use on the profiles of other cells."""
