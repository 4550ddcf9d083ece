"""Measures what the design promises. `make bench` prints a table; `make bench JSON=FILE` also writes the figures."""
