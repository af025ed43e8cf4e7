"""Measurements against other graders and against what the cells themselves cost; `make bench` runs them."""
