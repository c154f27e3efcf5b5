"""Downloads: resumed, retried, checked, and the registry of data sets."""
