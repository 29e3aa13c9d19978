"""Measures how well the project reads pages: floors for each field, mutations and fuzzing."""
