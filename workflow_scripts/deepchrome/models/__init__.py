"""Networks, layers and losses of Singh 2016."""
