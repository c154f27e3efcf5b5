"""Hi-C and Micro-C: reads to contact maps."""
