"""Scripts of one stage or paper; one file per rule, named as the rule."""
