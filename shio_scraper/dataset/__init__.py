"""What many runs add up to: the state, and what is computed from it."""
