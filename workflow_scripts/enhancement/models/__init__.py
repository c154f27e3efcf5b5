"""Networks, layers and losses of Kriukov 2021."""
