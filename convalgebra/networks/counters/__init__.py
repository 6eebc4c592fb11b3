"""What other counters count, by their own rules."""
