"""Real machines under qemu: what `make vm` runs, and `make test` does not (minutes to hours)."""
