"""Whole networks: a model's graph read as operators, its costs as numbers and as formulas."""
