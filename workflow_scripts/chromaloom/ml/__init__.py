"""Mechanics of training that all papers share: device, loop, checkpoints, splits, metrics."""
