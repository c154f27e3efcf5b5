"""Figures and tables of Singh 2016, and the scripts that tabulate their data."""
