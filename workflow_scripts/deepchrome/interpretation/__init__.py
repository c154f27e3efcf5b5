"""Class maps and feature maps."""
