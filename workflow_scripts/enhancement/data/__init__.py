"""Windows of contact maps with their DNA: building, splits, and reading for training."""
