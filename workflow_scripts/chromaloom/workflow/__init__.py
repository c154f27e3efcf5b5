"""What rules and scripts share: config, sheets, errors, logs, provenance."""
