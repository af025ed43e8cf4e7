# about: data classes, compared, ordered and replaced

# %% right
from dataclasses import dataclass, field


@dataclass(order=True, frozen=True)
class Book:
    year: int
    title: str
    tags: tuple = field(default=(), compare=False)

# %% test
import dataclasses

assert Book(1900, "a") == Book(1900, "a")
assert Book(1900, "a") != Book(1900, "b")
assert sorted([Book(2000, "x"), Book(1950, "z")])[0].title == "z"
### BEGIN HIDDEN TESTS: as data classes are
assert dataclasses.is_dataclass(Book)
assert [f.name for f in dataclasses.fields(Book)] == ["year", "title", "tags"]
book = Book(1999, "t", ("new",))
assert dataclasses.replace(book, year=2001).year == 2001
assert dataclasses.asdict(book) == {"year": 1999, "title": "t", "tags": ("new",)}
try:
    book.year = 3
except dataclasses.FrozenInstanceError:
    pass
else:
    assert False, "frozen"
assert len({book, Book(1999, "t")}) == 1
### END HIDDEN TESTS
