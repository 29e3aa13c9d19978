"""What goes wrong with a build."""

from __future__ import annotations


class BuildError(Exception):
    """A build that cannot be made or read; the message is one line for the user."""
