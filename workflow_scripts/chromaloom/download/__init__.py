"""Downloads with resuming, retries and checksums, and the registry of datasets."""
