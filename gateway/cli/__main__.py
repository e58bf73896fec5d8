"""``python -m gateway.cli``: the same as ``doorwatch``."""

from gateway.cli import main

main()
