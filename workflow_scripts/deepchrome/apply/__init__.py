"""Bundles of trained networks, and their use on the marks of other cells."""
