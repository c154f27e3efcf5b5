"""Training and tuning of the network."""
