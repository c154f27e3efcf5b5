"""What a run of Singh 2016 consists of: plan and presets."""
