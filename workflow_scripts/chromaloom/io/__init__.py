"""Files and tables, written atomically and with the same bytes for the same content."""
