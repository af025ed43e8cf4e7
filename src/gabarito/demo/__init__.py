"""A class of invented students, to see everything at work and to test it."""
