"""The promises that all sandboxes make, and a suite that tries each of them with a real worker."""

from gabarito.engine.conformance.promise import Finding, Promise, Seen, Verdict
from gabarito.engine.conformance.suite import PROMISES, try_sandbox

__all__ = ["PROMISES", "Finding", "Promise", "Seen", "Verdict", "try_sandbox"]
