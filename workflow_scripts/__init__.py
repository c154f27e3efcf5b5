"""Scripts that the workflow's rules run; `chromaloom` is their shared library."""
