"""What one process can't withstand: the attacks that work while tests run in the student's own process.

A test of an attack that is named here, and does not work, fails the suite: so these lists are true, and only ever grow
shorter. They do not count where tests run in two processes.
"""

from __future__ import annotations

GAINS = frozenset(
    {
        # patched libraries
        "hooks-imports",
        "makes-random-inputs-known",
        "patches-builtins",
        "patches-comparisons",
        "patches-numpy-testing",
        "patches-operator-and-math",
        "patches-tensor-methods",
        "patches-torch-testing",
        "patches-unittest",
        "rebinds-given-names",
        "replaces-modules",
        "replaces-the-code-of-assertions",
        "swaps-constants-in-memory",
        "torch-function-mode",
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
        # IPython hooks
        "ast-transformer-removes-assertions",
        "display-hook-forges-partial-credit",
        "event-forgives-errors",
        "formatter-forges-partial-credit",
        "handler-swallows-exceptions",
        "namespace-with-traps",
        "replaces-run-cell",
        "replaces-the-compiler",
        "replaces-the-runner",
        "transformer-empties-tests",
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
        "hooks-on-the-tests-tensors",
        # precomputed answers
        "reseeds-inside-a-test",
        "seeds-the-generators",
        # stealing the reference
        "calls-the-tests-own-reference",
        # forged messages
        # exit, signals, threads
        "alarm-changes-libraries",
        "result-shares-memory-with-its-argument",
        "rewrites-its-argument",
        "thread-changes-libraries",
        "garbage-collector-runs-its-code",
        "changes-its-argument-in-backward",
        "moves-its-argument-elsewhere",
        # writing what is not its own
        "writes-a-module-for-the-tests-to-import",
    }
)
"""They get points that they should not get."""

MAY_GAIN = frozenset({"changes-its-argument-later", "changes-its-result-later"})
"""A race decides whether they do."""

LEAKS = frozenset(
    {
        # IPython hooks
        "event-reads-tests-before-they-run",
        "namespace-with-traps",
        # reading the tests
        "audits-what-is-compiled",
        "finds-tests-with-gc",
        "reads-the-frames-below",
        "reads-the-history",
        "reads-the-line-cache",
        "reads-the-order-that-runs-it",
        "reads-tracebacks",
        "reads-what-its-callback-knows",
        "traces-the-tests",
        # forged messages
        # leaks into feedback
    }
)
"""They show something of a hidden test."""
