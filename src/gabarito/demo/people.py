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
    """So many different ids such as `ana-lima`, always the same ones for a seed; at most 21,632.

    The first 832 have one last name, the others have two.

    Raises:
        ValueError: there aren't so many.
    """
    first, last = _FIRST.split(), _LAST.split()
    every = [f"{one}-{other}" for one in first for other in last]
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    found = rng.sample(every, min(count, len(every)))
    more = [f"{each}-{other}" for each in every for other in last if not each.endswith(f"-{other}")]
    return found + rng.sample(more, count - len(found))
