"""What one process can't withstand: the attacks that work while tests run in the student's own process.

A test of an attack that is named here, and does not work, fails the suite: so these lists are true, and only ever grow
shorter. They do not count where tests run in two processes.
"""

from __future__ import annotations

GAINS = frozenset(
    {
        # patched libraries
        "empties-what-puts-libraries-back",
        "overrides-operators-in-torch",
        "swaps-constants-in-memory",
        # lying objects
        "answers-differently-each-time",
        "claims-to-be-a-tensor",
        "dict-that-equals-everything",
        "equal-by-hash",
        "float-that-is-close-to-everything",
        "int-that-equals-everything",
        "list-that-equals-everything",
        "metaclass-that-claims-every-instance",
        "mock-for-everything",
        "ndarray-that-is-close-to-everything",
        "object-that-turns-into-the-expected-array",
        "returns-object-that-equals-everything",
        "str-that-equals-everything",
        "tensor-with-its-own-functions",
        # reading the tests
        "jumps-over-assertions",
        # look-up of expected values
        "finds-expected-arrays-with-gc",
        "reads-between-the-elements",
        "reads-past-the-end-of-its-argument",
        "reads-the-base-of-its-argument",
        "reads-the-main-module",
        "returns-what-the-caller-expects",
        "tries-every-constant-of-the-caller",
        # precomputed answers
        "reseeds-inside-a-test",
        # stealing the reference
        "calls-the-tests-own-reference",
        # exit, signals, threads
        "result-shares-memory-with-its-argument",
        "rewrites-its-argument",
        "changes-its-argument-in-backward",
        "moves-its-argument-elsewhere",
    }
)
"""They get points that they should not get."""

MAY_GAIN = frozenset({"changes-its-result-from-a-thread-of-its-call"})
"""A race decides whether they do."""

LEAKS = frozenset(
    {
        # reading the tests
        "finds-tests-with-gc",
        "reads-the-running-statement",
        "reads-what-its-callback-knows",
    }
)
"""They show something of a hidden test."""
