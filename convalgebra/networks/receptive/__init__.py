"""What one output of each layer sees of the input."""
