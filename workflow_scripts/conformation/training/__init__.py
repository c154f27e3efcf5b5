"""Training scripts and loops of Farré 2018."""
