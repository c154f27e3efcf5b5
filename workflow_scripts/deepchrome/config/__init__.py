"""Plan of a run, and presets of training and baselines."""
