"""Derivations: steps with reasons, each checked, the whole confronted with counted products."""
