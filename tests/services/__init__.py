"""The third tier: what needs other programs, or libraries that only the tests use."""
