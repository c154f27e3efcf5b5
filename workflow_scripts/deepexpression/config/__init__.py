"""What a run of Zeng 2018 consists of: plan and presets."""
