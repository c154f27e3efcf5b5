"""Style of the figures and how they are saved."""
