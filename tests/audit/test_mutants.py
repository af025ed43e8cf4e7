"""Each operator of mutation: what it makes of a solution, and what it leaves alone."""

from __future__ import annotations

import pytest

from gabarito.audit.mutants import ALL_OPERATORS, Mutant, mutants_of

_CASES: list[tuple[str, str, str]] = [
    ("other comparison", "y = x < 3", "y = x <= 3"),
    ("other arithmetic", "y = x + z", "y = x - z"),
    ("other arithmetic", "y = x @ z", "y = x * z"),
    ("constant result", "def f(x):\n    return x.exp()", "def f(x):\n    return None"),
    ("constant result", "def f(x):\n    return x.exp()", "def f(x):\n    return 0 * x.exp()"),
    ("argument returned", "def f(x):\n    return x.exp()", "def f(x):\n    return x"),
    ("off by one", "for i in range(n):\n    g(i)", "for i in range(n - 1):\n    g(i)"),
    ("off by one", "for i in range(2, n):\n    g(i)", "for i in range(2, n + 1):\n    g(i)"),
    ("other number", "y = x[3]", "y = x[4]"),
    ("other number", "y = 0.5", "y = 1.0"),
    ("condition turned round", "if x:\n    y = 1", "if not x:\n    y = 1"),
    ("condition turned round", "y = a and b", "y = a or b"),
    ("sign lost", "y = -x", "y = x"),
    ("other truth value", "y = f(True)", "y = f(False)"),
    ("line forgotten", "x = 1\ng(x)", "x = 1"),
    ("line forgotten", "def f(x):\n    x = x + 1\n    return x", "def f(x):\n    return x"),
    ("arguments swapped", "y = g(a, b)", "y = g(b, a)"),
    ("arguments swapped", "y = a - b", "y = b - a"),
    ("related function", "y = x.sum()", "y = x.mean()"),
    ("loop ends early", "for i in x:\n    g(i)", "for i in x:\n    g(i)\n    break"),
    ("option forgotten", "y = g(x, p=2)", "y = g(x)"),
    ("wrong dim", "y = x.sum(dim=1)", "y = x.sum(dim=0)"),
    ("wrong dim", "y = x.softmax(-1)", "y = x.softmax(0)"),
    ("wrong dim", "y = np.mean(x, axis=0)", "y = np.mean(x, axis=1)"),
    ("keepdim lost", "y = x.sum(dim=1, keepdim=True)", "y = x.sum(dim=1)"),
    ("no zero_grad", "for b in data:\n    opt.zero_grad()\n    g(b)", "for b in data:\n    g(b)"),
    ("no zero_grad", "x.grad.zero_()\ng(x)", "g(x)"),
    ("no zero_grad", "x.grad = None\ng(x)", "g(x)"),
    ("copy or detach dropped", "y = x.detach()", "y = x"),
    ("copy or detach dropped", "y = x.clone()", "y = x"),
    ("detach added", "def f(x):\n    return x.exp()", "def f(x):\n    return x.exp().detach()"),
    ("no_grad dropped", "with torch.no_grad():\n    w -= 1", "w -= 1"),
    ("requires_grad dropped", "y = x.requires_grad_()", "y = x"),
    ("biased variance", "y = x.std()", "y = x.std(correction=0)"),
    ("biased variance", "y = x.var(unbiased=False)", "y = x.var(unbiased=True)"),
    ("biased variance", "y = np.std(x)", "y = np.std(x, ddof=1)"),
    ("transposed", "y = a @ b.T", "y = a @ b"),
    ("transposed", "y = a @ b", "y = (a @ b).T"),
    ("transposed", "y = x[:, None]", "y = x[None, :]"),
    ("cast", "y = torch.zeros(3, dtype=x.dtype)", "y = torch.zeros(3)"),
    ("cast", "y = x.double()", "y = x"),
    ("cast", "y = x.to(torch.float64)", "y = x.to(torch.float32)"),
    ("cast", "def f(x):\n    return x.exp()", "def f(x):\n    return x.exp().float()"),
    ("in-place dropped", "x.add_(y)", "x.add(y)"),
    ("in-place dropped", "x += y", "x = x + y"),
    ("in-place dropped", "x[:] = y", "x = y"),
    ("in-place dropped", "torch.add(x, y, out=x)", "torch.add(x, y)"),
    ("in-place added", "def f(x):\n    x = x * 2\n    return x", "def f(x):\n    x *= 2\n    return x"),
    ("seed ignored", "torch.manual_seed(0)\ny = torch.rand(3)", "y = torch.rand(3)"),
    ("seed ignored", "g = np.random.default_rng(seed)", "g = np.random.default_rng()"),
    ("seed ignored", "y = torch.rand(3, generator=g)", "y = torch.rand(3)"),
    ("other distribution", "y = torch.randn(3)", "y = torch.rand(3)"),
    ("same value twice", "a = torch.randn(3)\nb = torch.randn(3)", "a = torch.randn(3)\nb = a"),
    ("naive instead of stable", "y = torch.logaddexp(a, b)", "y = torch.log(torch.exp(a) + torch.exp(b))"),
    ("naive instead of stable", "y = torch.logsumexp(x, dim=1)", "y = torch.log(torch.exp(x).sum(1))"),
    ("naive instead of stable", "y = x - x.max()", "y = x"),
    ("naive instead of stable", "y = torch.log(x + 1e-9)", "y = torch.log(x)"),
    ("naive instead of stable", "y = x.clamp(min=0)", "y = x"),
    ("graph option dropped", "y = grad(x, create_graph=True)", "y = grad(x)"),
    ("training step dropped", "model.eval()\ny = model(x)", "y = model(x)"),
]


def _made(source: str, *, is_timed: bool = False) -> list[Mutant]:
    return list(mutants_of("cell", source, is_timed=is_timed))


@pytest.mark.parametrize(("operator", "source", "mutated"), _CASES)
def test_an_operator_makes_this_mutant(operator: str, source: str, mutated: str) -> None:
    assert (operator, mutated) in [(m.operator, m.source) for m in _made(source)]


def test_every_operator_has_a_case() -> None:
    timed = {"loop instead of vector"}
    assert {operator for operator, *_ in _CASES} | timed == {operator.name for operator in ALL_OPERATORS}


def test_loops_are_faults_only_where_work_is_looked_at() -> None:
    loop = "y = torch.stack([row @ b.T for row in a])"
    assert loop not in [m.source for m in _made("y = a @ b.T")]
    found = [m for m in _made("y = a @ b.T", is_timed=True) if m.source == loop]
    assert [m.operator for m in found] == ["loop instead of vector"]


def test_only_the_solution_is_changed() -> None:
    source = "a = 1 + x\n### BEGIN SOLUTION\nb = 2 + x\n### END SOLUTION\nc = 3 + x"
    assert {m.line for m in _made(source)} == {3}
    assert all("a = 1 + x" in m.source and "c = 3 + x" in m.source for m in _made(source))


def test_a_docstring_is_left_alone() -> None:
    assert _made('def f():\n    """Gives nothing."""') == []


def test_no_mutant_is_made_twice_and_none_is_the_solution() -> None:
    source = "def f(x, n):\n    for _ in range(n):\n        x = x + 1\n    return x"
    made = _made(source)
    assert len({m.source for m in made}) == len(made) > 5
    assert source not in {m.source for m in made}


def test_what_compiles_to_the_same_is_no_mutant() -> None:
    assert [m.source for m in _made("y = 1 * 2") if m.operator == "arguments swapped"] == []


def test_every_mutant_is_python() -> None:
    for _, source, _ in _CASES:
        for mutant in _made(source, is_timed=True):
            compile(mutant.source, "mutant", "exec")
            assert "\n" not in mutant.change


def test_ids_outlast_changes_elsewhere() -> None:
    before = "def f(x):\n    return x + 1\n\ndef g(x):\n    return x * 3"
    after = "def f(x):\n    y = x\n    return y - 1\n\n# more\ndef g(x):\n    return x * 3"
    ids = {m.id for m in _made(before) if m.line == 5}
    assert ids
    assert ids == {m.id for m in _made(after) if m.line == 7}


def test_equal_lines_have_ids_of_their_own() -> None:
    ids = [m.id for m in _made("x += 1\nx += 1")]
    assert len(set(ids)) == len(ids)
    assert ids == [m.id for m in _made("x += 1\nx += 1")]


@pytest.mark.parametrize("source", ["%%bash\nls", "def f(:", ""])
def test_what_is_no_python_has_no_mutants(source: str) -> None:
    assert _made(source) == []


def test_magics_don_t_hide_the_solution() -> None:
    assert "y = x - z" in [m.source for m in _made("%%time\ny = x + z")]
