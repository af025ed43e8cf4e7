# about: objects of the student's in sorted(), sets, dicts and max()

# %% right
from functools import total_ordering


@total_ordering
class Card:
    order = "23456789TJQKA"

    def __init__(self, rank, suit):
        self.rank, self.suit = rank, suit

    def _key(self):
        return self.order.index(self.rank), self.suit

    def __eq__(self, other):
        return self._key() == other._key()

    def __lt__(self, other):
        return self._key() < other._key()

    def __hash__(self):
        return hash(self._key())

    def __str__(self):
        return self.rank + self.suit

# %% test
hand = [Card("K", "h"), Card("2", "s"), Card("A", "d")]
assert [str(c) for c in sorted(hand)] == ["2s", "Kh", "Ad"]
assert str(max(hand)) == "Ad"
### BEGIN HIDDEN TESTS: sets and dicts
assert len({Card("2", "s"), Card("2", "s"), Card("3", "s")}) == 2
assert {Card("A", "d"): "ace"}[Card("A", "d")] == "ace"
assert Card("9", "h") <= Card("T", "c") and Card("9", "h") in [Card("9", "h")]
hand.sort(reverse=True)
assert f"{hand[0]}" == "Ad"
assert hand.index(Card("2", "s")) == 2
### END HIDDEN TESTS
