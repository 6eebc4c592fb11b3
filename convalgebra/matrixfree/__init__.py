"""Convolutions as linear operators that never build their matrix."""
