"""What student code tries, one module each: the text of a module is a cell, and its `look` says what it found.

A module imports nothing but Python's own, and leaves nothing to chance that would take long: each attempt ends by itself
where nothing stops it, so that a sandbox without limits is found out, and not waited for.
"""
