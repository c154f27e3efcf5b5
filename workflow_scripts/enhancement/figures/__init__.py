"""Figures and tables of Kriukov 2021, and the scripts that tabulate their data."""
