"""The command line: one file a command group. Prints; decides nothing."""

from gateway.cli.app import main

__all__ = ["main"]
