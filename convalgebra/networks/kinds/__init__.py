"""What each kind of node does to shapes, which operator it is, and what of it is counted."""
