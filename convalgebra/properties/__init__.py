"""What an operator is like: its receptive field, its overlap, whether its kernel comes apart."""
