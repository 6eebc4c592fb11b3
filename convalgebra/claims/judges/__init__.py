"""The judges of the claims, a room for each section; most say only which form a claim has."""
