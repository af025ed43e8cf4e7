"""What students hand in: taken with a receipt, and found again for grading."""

from gabarito.exchange.receipt import Receipt
from gabarito.exchange.submissions import Submission, find_submissions
from gabarito.exchange.submit import submit

__all__ = ["Receipt", "Submission", "find_submissions", "submit"]
