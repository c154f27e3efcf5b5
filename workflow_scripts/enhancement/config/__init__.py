"""Plan and presets of an enhancement run (Kriukov 2021), free of heavy imports."""
