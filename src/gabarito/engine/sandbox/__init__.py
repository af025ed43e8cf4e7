"""Ways to start a worker so that what runs in it can do no harm."""

from gabarito.engine.sandbox.choose import AUTO, NAMES, STRONGEST_FIRST, Choice, choose_sandbox, make_sandbox
from gabarito.engine.sandbox.process import ProcessSandbox
from gabarito.engine.sandbox.protocol import Command, Request, Sandbox, last_words

__all__ = [
    "AUTO",
    "NAMES",
    "STRONGEST_FIRST",
    "Choice",
    "Command",
    "ProcessSandbox",
    "Request",
    "Sandbox",
    "choose_sandbox",
    "last_words",
    "make_sandbox",
]
