"""Bundles of trained networks, and their use on other promoters and loops."""
