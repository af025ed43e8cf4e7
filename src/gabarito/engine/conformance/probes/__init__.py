"""What student code tries, one module each: the text of a module is a cell, and its `look` says what it found.

A module imports nothing but what comes with Python. Each attempt ends by itself where nothing stops it, so that a
sandbox without limits is found out, and not waited for.
"""
