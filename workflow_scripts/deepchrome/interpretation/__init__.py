"""What the trained networks of Singh 2016 depend on, and in-silico edits."""
