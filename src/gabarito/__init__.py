"""Auto-graded notebook assignments: release, grade in isolation, record, give feedback."""

__version__ = "0.1.0"
