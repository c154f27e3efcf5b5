"""Files and tables, written in one step with the same bytes for the same content."""
