"""Tests of the frontier."""
