"""Set-up of the environment, and the pages of docs/ that are made from the schemas."""
