"""Counts: measured by running, and compared as formulas."""
