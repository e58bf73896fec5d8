"""The imperative shell: joins the drivers to the rules, keeps what happened, tells people."""

from importlib.metadata import version

__version__ = version("doorwatch")
