"""The fleet: which devices there are, and how to reach them."""
