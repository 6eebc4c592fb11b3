"""Hypothesis strategies: axes, operators of every kind, and weights for them."""
