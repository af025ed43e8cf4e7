from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from gabarito.gradebook.clean import clean
from gabarito.gradebook.mathml import mathml, typeset


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        ("a^2 + b^2 = c^2", "a2+b2=c2"),
        (r"C_{ij} = \sum_k A_{ik}\,B_{jk}, \qquad\text{in short}\qquad C = A\,B^\top .", "Cij=∑kAikBjk,in shortC=AB⊤."),
        (r"\frac{d}{dx}\,g(f(x)) = g'(u)\cdot f'(x)", "ddxg(f(x))=g′(u)⋅f′(x)"),
        (r"-\tfrac12^{34}", "−1234"),
        (r"f'' = y_i' + x'^2 + g^\prime + h^{\prime\prime}_k", "f′′=y′i+x′2+g′+h′′k"),
        (r"\left(\partial f/\partial x,\ \partial f/\partial y\right)", "(∂f/∂x,∂f/∂y)"),
        (r"\begin{pmatrix}1 & 2\\ 3 & 4\end{pmatrix}", "(1234)"),
        (r"\sqrt[3]{x} \sqrt{y} \hat{y} \mathbb{R} \mathbf{w}", "x3yy^ℝw"),
        (r"\|x\|_2 \le \log_2 n < \infty~\%", "‖x‖2≤log2n<∞%"),
        (r"\left\{x \right.", "{x"),
    ],
)
def test_formulas_say_what_they_should(tex: str, text: str) -> None:
    made = mathml(tex, display=True)
    assert made is not None
    assert BeautifulSoup(made, "html.parser").get_text() == text
    assert clean(made) == made.replace(' style="font-weight: bold"', ' style="font-weight: bold;"')


def test_limits_stand_above_and_below_in_displays_only() -> None:
    assert "<munderover>" in (mathml(r"\sum_{i=1}^n i", display=True) or "")
    assert "<msubsup>" in (mathml(r"\sum_{i=1}^n i", display=False) or "")


@pytest.mark.parametrize("tex", ["f'(x)", r"f^\prime(x)", r"f^{\prime}(x)"])
def test_a_prime_stands_in_the_line(tex: str) -> None:
    made = mathml(tex, display=False) or ""
    assert "<mrow><mi>f</mi><mo>′</mo></mrow>" in made
    assert "<msup>" not in made


def test_scripts_hang_on_the_letter_and_its_prime() -> None:
    made = mathml("x'^2", display=False) or ""
    assert "<msup><mrow><mi>x</mi><mo>′</mo></mrow><mrow><mn>2</mn></mrow></msup>" in made


@pytest.mark.parametrize(
    "tex",
    [
        r"\foo",
        "{a",
        "a}",
        r"\frac1",
        r"\left( a",
        r"\begin{tikz}\end{tikz}",
        r"\text{a{b}}",
        "a#b",
        r"\mathbb{x}",
        r"\left<a\right>",
        "{" * 5000,
        r"\begin{matrix}1\end{pmatrix}",
        r"\text",
    ],
)
def test_what_is_unknown_is_shown_as_tex(tex: str) -> None:
    assert mathml(tex, display=False) is None
    assert 'class="tex"' in typeset(f"<p>$${tex.replace('<', '&lt;')}$$</p>")


@pytest.mark.parametrize(
    ("html", "formulas"),
    [
        ("<p>it costs $5 and $6</p>", 0),
        ("<p>$x$, $$y$$, \\(z\\) and \\[w\\]</p>", 4),
        ("<p><code>$x$</code></p><pre>$y$</pre>", 0),
        ("<p>no formula</p>", 0),
        ("<p>$a &lt; b$</p>", 1),
    ],
)
def test_only_formulas_are_typeset(html: str, formulas: int) -> None:
    made = typeset(html)
    assert made.count("<math") == formulas
    if not formulas:
        assert made == html


@given(st.text("ab12 {}^_'\\$&~()[]|fracsqrtleftrightbegin.", max_size=40))
def test_any_text_is_survived(text: str) -> None:
    made = typeset(f"<p>${text}$</p>")
    assert made.startswith("<p>")
    mathml(text, display=True)
