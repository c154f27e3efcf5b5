"""What a run of Farré 2018 consists of: plan and presets."""
