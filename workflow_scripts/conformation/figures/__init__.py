"""Figures and tables of Farré 2018, and the scripts that tabulate their data."""
