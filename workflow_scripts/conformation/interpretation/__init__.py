"""What the trained networks of Farré 2018 depend on, and in-silico edits."""
