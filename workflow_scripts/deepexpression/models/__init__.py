"""Networks, layers and losses of Zeng 2018."""
