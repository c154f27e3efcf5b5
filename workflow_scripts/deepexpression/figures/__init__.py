"""Figures and tables of Zeng 2018, and the scripts that tabulate their data."""
