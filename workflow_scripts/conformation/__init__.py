"""Conformation (Farré 2018)."""
