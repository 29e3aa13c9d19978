"""What the project says of itself, measured: a gate of floors, mutations, fuzzing."""
