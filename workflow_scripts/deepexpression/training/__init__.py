"""Training scripts and loops of Zeng 2018."""
