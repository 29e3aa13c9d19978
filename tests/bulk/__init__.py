"""Tests of the bulk extraction."""
