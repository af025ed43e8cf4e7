# family: forged messages
# tries: to find the engine's own way of sending, in its objects, and to use it

# %% answer total mean shift steps twice
import gc
import threading


def speak(*args):
    from gabarito.engine import shell, wire

    shell.cell_shell().send(wire.Rich({"text/plain": "1.0"}, {}, True))
    shell.cell_shell().send(wire.Done(1))
    for thing in gc.get_objects():
        if callable(thing) and getattr(thing, "__qualname__", "") == "_serve.<locals>.send":
            thing(wire.Done(2))
    return 0


total = mean = shift = steps = twice = speak
