"""Names of invented students."""

from __future__ import annotations

import random

_FIRST = """
ana bruno carla davi elif farid greta hugo ines jonas kenji lena malik nora oleg priya quentin rosa sven tara umut vera
wei ximena yara zeno amina bela chiara dmitri ewa fatou
"""
_LAST = """
almeida becker costa diallo eriksen fontes garcia haas ito jansen kaya lima moreau novak okoye pereira quispe rossi
silva tanaka ullman vargas weber xu yilmaz zimmer
"""


def student_ids(count: int, seed: int) -> list[str]:
    """So many different ids such as `ana-lima`, always the same ones for a seed; at most 832.

    Raises:
        ValueError: there aren't so many.
    """
    every = [f"{first}-{last}" for first in _FIRST.split() for last in _LAST.split()]
    return random.Random(seed).sample(every, count)  # noqa: S311 - not for secrets
