"""Bulk grading: from submissions to scores."""
