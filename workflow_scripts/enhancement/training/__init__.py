"""Training scripts and loops of Kriukov 2021."""
