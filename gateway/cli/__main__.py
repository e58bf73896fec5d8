"""``python -m gateway.cli``: the same as ``doorwatch``."""

from gateway.cli.main import main

main()
