"""Networks, layers and losses of Farré 2018."""
