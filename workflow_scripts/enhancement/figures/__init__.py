"""Figures and tables of Kriukov 2021, and the tables that they are drawn from."""
