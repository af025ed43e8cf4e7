"""The command line: one file a command; it parses, calls, prints, and holds no logic."""

from gabarito.cli.app import main

__all__ = ["main"]
