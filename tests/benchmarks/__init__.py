"""Measurements, each a ratio against a named peer or a limit in the same run: `run.py bench`."""
