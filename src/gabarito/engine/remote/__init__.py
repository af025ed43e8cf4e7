"""Objects of the student process as a test in the checker sees them."""
