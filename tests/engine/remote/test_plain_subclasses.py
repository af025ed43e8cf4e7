# ruff: noqa: E501  # each answer and each test in one piece

"""Instances of subclasses of plain types: they behave as the plain value does, whichever end does something to them."""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gabarito.engine.codec import CodecError
from gabarito.engine.remote.policy import ViolationError
from tests.engine.remote.pair import Pair, passes

CELLS = """
from collections import Counter, OrderedDict, defaultdict, deque
class List(list): pass
class Dict(dict): pass
class Set(set): pass
class Deque(deque): pass
class Tally(Counter): pass
class Ordered(OrderedDict): pass
class Default(defaultdict): pass
class Bytes(bytearray): pass
class Str(str): pass
class Tuple(tuple): pass
class Frozen(frozenset): pass
class Int(int): pass
class Float(float): pass
class Complex(complex): pass
class Octets(bytes): pass
def make(kind, *args): return globals()[kind](*args)
def do(x, name, args): return getattr(x, name)(*args)
"""

_small = st.integers(-3, 3)
_items = st.lists(_small, max_size=4)
_place = st.integers(-5, 5)
_slice = st.builds(slice, _place, _place)
_pairs = st.dictionaries(_small, _small, max_size=3)
_octets = st.integers(0, 5)
_string = st.text("ab", max_size=3)

Ops = dict[str, tuple[st.SearchStrategy[Any], ...]]

_SEQUENCE: Ops = {
    "__getitem__": (_place,),
    "__contains__": (_small,),
    "__len__": (),
    "index": (_small,),
    "count": (_small,),
}
_LIST: Ops = {
    **_SEQUENCE, "append": (_small,), "extend": (_items,), "insert": (_place, _small), "pop": (), "remove": (_small,), "clear": (),
    "sort": (), "reverse": (), "__setitem__": (_place, _small), "__delitem__": (_place,), "__iadd__": (_items,),
    "__imul__": (st.integers(0, 2),), "__add__": (_items,), "__mul__": (st.integers(0, 2),), "__eq__": (_items,),
    "__lt__": (_items,), "copy": (), "__iter__": (), "__reversed__": (), "__bool__": (),
}  # fmt: skip
_SET_OPS = (
    "__or__",
    "__and__",
    "__sub__",
    "__xor__",
    "__ior__",
    "__iand__",
    "__isub__",
    "__ixor__",
    "__eq__",
    "__le__",
)
_SETS = st.sets(_small, max_size=3)
_SET: Ops = dict.fromkeys(_SET_OPS, (_SETS,)) | {
    "add": (_small,), "discard": (_small,), "remove": (_small,), "clear": (), "update": (_items,), "union": (_items,),
    "difference_update": (_items,), "intersection_update": (_items,), "symmetric_difference_update": (_items,),
    "__contains__": (_small,), "__len__": (), "copy": (), "isdisjoint": (_items,), "__bool__": (),
}  # fmt: skip
_DICT: Ops = {
    "__setitem__": (_small, _small), "__getitem__": (_small,), "__delitem__": (_small,), "get": (_small, _small), "pop": (_small, _small),
    "popitem": (), "setdefault": (_small, _small), "update": (_pairs,), "clear": (), "__contains__": (_small,), "__len__": (),
    "__eq__": (_pairs,), "keys": (), "values": (), "items": (), "__iter__": (), "__bool__": (),
}  # fmt: skip
_DEQUE: Ops = {
    "append": (_small,), "appendleft": (_small,), "extend": (_items,), "extendleft": (_items,), "pop": (), "popleft": (),
    "rotate": (_place,), "__getitem__": (_place,), "__setitem__": (_place, _small), "clear": (), "copy": (), "__len__": (),
    "reverse": (), "count": (_small,), "insert": (_place, _small), "__bool__": (), "__add__": (st.builds(deque, _items),),
    "__mul__": (st.integers(0, 2),), "__iadd__": (_items,), "__eq__": (st.builds(deque, _items),),
}  # fmt: skip
_BYTES: Ops = {
    "append": (_octets,), "extend": (st.binary(max_size=3),), "pop": (), "reverse": (), "__getitem__": (_place,), "__len__": (),
    "__setitem__": (_place, _octets), "__iadd__": (st.binary(max_size=3),), "startswith": (st.binary(max_size=2),), "hex": (),
    "__eq__": (st.binary(max_size=3),), "__add__": (st.binary(max_size=3),),
}  # fmt: skip
_TALLY: Ops = {
    name: entry for name, entry in _DICT.items() if name != "update"
} | {
    "update": (_items,), "subtract": (_items,), "most_common": (), "total": (), "elements": (), "__add__": (st.builds(Counter, _items),),
    "__sub__": (st.builds(Counter, _items),), "__or__": (st.builds(Counter, _items),), "copy": (),
}  # fmt: skip
_ORDERED: Ops = {
    **_DICT,
    "move_to_end": (_small,),
    "__reversed__": (),
    "copy": (),
    "__or__": (_pairs,),
    "__ror__": (_pairs,),
}

MUTABLE: dict[str, tuple[Callable[..., Any], st.SearchStrategy[Any], Ops]] = {
    "List": (list, _items, _LIST),
    "Set": (set, _items, _SET),
    "Dict": (dict, _pairs, _DICT | {"copy": (), "__ior__": (_pairs,), "__or__": (_pairs,)}),
    "Deque": (deque, _items, _DEQUE),
    "Bytes": (bytearray, st.binary(max_size=3), _BYTES),
    "Tally": (Counter, _items, _TALLY),
    "Ordered": (OrderedDict, _pairs, _ORDERED),
    "Default": (
        lambda *args: defaultdict(int, *args),
        _pairs,
        _DICT | {"copy": (), "__or__": (_pairs,), "__ror__": (_pairs,)},
    ),
}
IMMUTABLE: dict[str, tuple[Callable[..., Any], st.SearchStrategy[Any], Ops]] = {
    "Str": (
        str,
        _string,
        {"upper": (), "__add__": (_string,), "__getitem__": (_place,), "__contains__": (_string,), "split": (_string,),
         "__eq__": (_string,), "__len__": (), "join": (st.lists(_string, max_size=2),), "__hash__": (), "__str__": (), "encode": ()},
    ),
    "Tuple": (tuple, _items, {**_SEQUENCE, "__add__": (st.builds(tuple, _items),), "__eq__": (st.builds(tuple, _items),), "__hash__": ()}),
    "Frozen": (frozenset, _items, {name: entry for name, entry in _SET.items() if name in (*_SET_OPS[:4], "__eq__", "copy", "union", "__len__")}),
    "Int": (int, _small, {"__add__": (_small,), "__eq__": (_small,), "__mul__": (_small,), "__neg__": (), "__bool__": (), "__index__": (), "bit_length": (), "__lt__": (_small,), "__rsub__": (_small,)}),
    "Float": (float, st.floats(-2, 2), {"__add__": (_small,), "__eq__": (_small,), "is_integer": (), "__round__": (), "__abs__": (), "hex": ()}),
    "Complex": (complex, _small, {"__mul__": (_small,), "conjugate": (), "__abs__": (), "__bool__": ()}),
    "Octets": (bytes, st.binary(max_size=3), {"hex": (), "__add__": (st.binary(max_size=2),), "__getitem__": (_place,), "decode": ()}),
}  # fmt: skip


def _steps(ops: Ops) -> st.SearchStrategy[list[tuple[bool, str, tuple[Any, ...]]]]:
    one = st.sampled_from(sorted(ops)).flatmap(
        lambda name: st.tuples(st.booleans(), st.just(name), st.tuples(*ops[name]))
    )
    return st.lists(one, max_size=6)


def _outcome(step: Callable[[], Any]) -> object:
    try:
        return _plain(step())
    except Exception as error:
        return type(error)


def _plain(value: Any) -> object:
    """What a value holds, in order; an iterator or view as what it gives."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, dict):
        return list(value.items())
    if hasattr(value, "__iter__") and not isinstance(value, (str, bytes, bytearray)):
        return list(value)
    return value


@pytest.mark.parametrize("kind", [*MUTABLE, *IMMUTABLE])
def test_it_behaves_like_the_plain_value(kind: str) -> None:
    plain, begin, ops = (MUTABLE | IMMUTABLE)[kind]
    with Pair(CELLS) as pair:
        make, do = pair["make"], pair["do"]

        @settings(max_examples=60)
        @given(begin, _steps(ops))
        def check(start: Any, steps: list[tuple[bool, str, tuple[Any, ...]]]) -> None:
            model = plain(start)
            value = make(kind, *([int] if kind == "Default" else []), start)
            assert isinstance(value, type(model))
            for here, name, args in steps:
                expected = _outcome(lambda: getattr(model, name)(*args))  # noqa: B023  # called at once
                found = _outcome(lambda: getattr(value, name)(*args) if here else do(value, name, args))  # noqa: B023
                assert found == expected, (name, args)
                assert _plain(value) == _plain(model)
                assert value == model
                assert len(value) == len(model) if hasattr(model, "__len__") else True

        check()


TREE = """
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
class List(list):
    def __init__(self, *args):
        super().__init__(*args)
        self.tag = "t"
    def total(self): return sum(self)
    def append(self, x): super().append(10 * x)
    def tagged(self): return self.tag
class Kept(List):
    append = list.append
    def __call__(self, n, *, times=1): return self[0] + n * times
    def __str__(self): return "kept"
    def _mine(self): return 5
    def mro(self): return "own"
class Group(set): pass
class Octets(bytearray): pass
class Full(deque): maxlen = 7
class Point(namedtuple("Point", "x y")):
    def norm(self): return self.x + self.y
class Polite(str):
    def __str__(self): return "dear " + str.__str__(self)
class Empty(list):
    def __bool__(self): return True
    def __len__(self): return 0
    def __getitem__(self, i): return "own"
class Odd(dict):
    def __missing__(self, key): return key * 2
tree, kept, points, polite, odd = List([1, [2]]), Kept([1, [2]]), Point(1, 2), Polite("x"), Odd(a=1)
queue, tally, default = deque([1], maxlen=2), Counter("abca"), defaultdict(list, a=[1])
def change(): tree.append(1)
"""

SEEN = {
    "own methods": "tree.append(4)\nassert tree[-1] == 40 and len(tree) == 3 and List([1, 2]).total() == 3",
    "own attributes": "tree.tag = 'u'\nassert tree.tagged() == 'u' == tree.tag\ndel tree.tag\nassert not hasattr(tree, 'tag')",
    "changed over there": "n = len(tree)\nchange()\nassert len(tree) == n + 1 and tree[n] == 10",
    "copy": "c = copy.copy(kept)\nassert c == kept and c is not kept and c[1] is kept[1] and len(kept) == 2 and c.tag == 't'",
    "deep copy": "c = copy.deepcopy(kept)\nassert c == kept and c[1] is not kept[1] and copy.deepcopy(default) == {'a': [1]}",
    "copies are of the same kind": "d = default.copy()\nd['n'].append(1)\nassert 'n' not in default and d['n'] == [1] and queue.copy().maxlen == 2",
    "what a container holds": "assert queue.maxlen == 2 and default.default_factory is list and default['z'] == [] and 'z' in default",
    "counts": "assert tally['a'] == 2 and tally['z'] == 0 and (tally + tally)['b'] == 2 and tally.most_common(1) == [('a', 2)]",
    "kinds": "assert isinstance(tree, list) and isinstance(tally, (dict, Counter)) and isinstance(points, tuple) and isinstance(tree, List)",
    "named tuple": "assert points.x == 1 and points[1] == 2 and points == (1, 2) and points.norm() == 3 and points._replace(x=5) == (5, 2)\n"
    "x, y = points\nassert points._fields == ('x', 'y') and points._asdict() == {'x': 1, 'y': 2} and hash(points) == hash((1, 2))",
    "own text": "assert str(polite) == 'dear x' and polite == 'x' and polite.upper() == 'X' and f'{polite}'",
    "own answer for what is missing": "assert odd['b'] == 'bb' and odd['a'] == 1 and 'b' not in odd",
    "own call": "assert kept(2, times=3) == 7 and str(kept) == 'kept' and str(tree) == '[1, [2]]'",
    "own in the place of what is held": "assert Full([1]).maxlen == 7 and Full([1]) == Full([1])",
    "methods of the class": "assert Odd.fromkeys([1]) == {1: None} and odd.fromkeys([1]) == {1: None} and Octets.fromhex('01')[0] == 1",
    "private and class-wide names": "assert kept._mine() == 5 and kept.mro() == 'own'",
    "own length": "e = Empty([1])\nassert e and len(e) == 0 and e[3] == 'own'",
    "read by C code": "assert [0] + List([1]) == [0, 1] and set(Group([1])) == {1} == {1}.union(Group([1])) == {1} | Group([1])\n"
    "assert List([1]) == List([1]) and Group([1]) <= Group([1, 2]) and torch.stack(List([torch.ones(1)])).shape == (1, 1)",
    "nested": "assert List([List([1]), Group([2])]) == [[1], {2}] and copy.deepcopy(Kept([Kept([1])])) == [[1]]",
    "in itself": "kept.append(kept)\nassert kept[2] is kept and len(kept) == 3",
    "not pickled": "import pickle\ntry:\n    pickle.dumps(tree)\nexcept TypeError as e:\n    assert 'another process' in str(e)\nelse:\n    assert False",
    "no such attribute": "assert not hasattr(tree, 'nothing') and not hasattr(tree, '__float__')",
    "to the other libraries": "import json\nassert json.dumps(List([1, 2])) == '[1, 2]' and np.array(List([1, 2])).sum() == 3",
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_a_test_sees_what_it_sees_in_one_process(name: str) -> None:
    passes(TREE, f"import copy\nfrom collections import Counter\n{SEEN[name]}")


def test_without_a_contract_only_the_plain_content_counts() -> None:
    """A class whose methods lie is the value that it holds, where the reference's answer was plain."""
    with Pair(TREE, allowed={}) as pair:
        tree, polite, points = pair["tree"], pair["polite"], pair["points"]
        tree.append(4)
        assert tree == [1, [2], 4]
        assert str(polite) == "x"
        assert str(pair["kept"]) == "[1, [2]]"
        with pytest.raises(KeyError):
            pair["odd"]["b"]
        assert points == (1, 2)
        assert list(map(type, (copy.copy(tree), copy.deepcopy(tree), copy.deepcopy(points)))) == [list, list, tuple]
        assert copy.deepcopy(tree) == tree
        assert copy.copy(pair["odd"]) == {"a": 1}
        made = pair["queue"] + deque([7])
        assert (type(made).__name__, list(made)) == ("deque", [1, 7])
        assert not pair.policy.violation
        for use in (lambda: tree.total(), lambda: pair["kept"](1)):  # noqa: PLW0108 - each is to fail inside
            with pytest.raises(ViolationError, match="of class"):
                use()


def test_a_lying_context_manager_that_is_a_list_swallows_no_assertion() -> None:
    cells = "class C(list):\n    def __enter__(self): return self\n    def __exit__(self, *error): return True\nc = C()"
    for operations, swallowed in (({"enter", "exit"}, False), ({"enter", "exit", "suppress"}, True)):
        with Pair(cells, allowed={2: frozenset(operations), 1: frozenset(operations)}) as pair:
            try:
                pair.test("with c:\n    assert False")
            except AssertionError:
                assert not swallowed
            else:
                assert swallowed


def test_own_truth_counts_only_where_it_is_allowed() -> None:
    with Pair(TREE + "empty = Empty([1])", allowed={0: frozenset()}) as pair:
        empty = pair["empty"]
        assert len(empty) == 0  # harmless: the reference might have given another sequence
        with pytest.raises(AssertionError):
            assert not empty


@pytest.mark.parametrize("name", ["__getattribute__", "__reduce_ex__", "__class__", "__iter__", "nothing"])
def test_student_code_may_only_change_a_tests_container(name: str) -> None:
    with Pair("def f(x): pass") as pair:
        secret = type("Secret", (list,), {})([1])
        secret.answer = 42
        pair["f"](secret)
        with pytest.raises(CodecError, match="each side does itself"):
            pair.checker.handlers["plainly"](secret, name, ("answer",), ())
        pair.checker.handlers["plainly"](secret, "append", (2,), ())
        assert secret == [1, 2]
