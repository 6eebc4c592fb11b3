"""The table of a network, and how it is written."""
