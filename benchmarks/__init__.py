"""Benchmarks of convalgebra: every speed is a ratio within one run. Run by ``python -m benchmarks``."""
