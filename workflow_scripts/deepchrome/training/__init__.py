"""Training scripts and loops of Singh 2016."""
