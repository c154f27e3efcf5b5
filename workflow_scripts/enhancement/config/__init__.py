"""What a run of Kriukov 2021 consists of: plan and presets."""
