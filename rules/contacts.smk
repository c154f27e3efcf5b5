"""Hi-C and Micro-C: reads to pairs to balanced contact maps."""
