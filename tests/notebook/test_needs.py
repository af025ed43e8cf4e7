from __future__ import annotations

import pytest

from gabarito.notebook.needs import is_timed, mentions_gpu

_IMPORT = "from gabarito.testing import assert_faster, assert_in_place"


@pytest.mark.parametrize(
    "sources",
    [
        (_IMPORT, "assert_faster(f, x, than=slow, by=2)"),
        ("from gabarito import testing", "testing.assert_faster(f, x, than=slow, by=2)"),
        ("from gabarito.testing import assert_scaling as scales", "x = 1", "scales(f)"),
        ("def quick(f):\n    assert_faster(f, than=slow, by=2)", "quick(f)"),
        ("for check in [assert_in_place, assert_faster]:\n    check(f)",),
        ("%matplotlib inline\nassert_faster(f, than=slow, by=2)",),
        ("this is no Python: assert_faster(",),
    ],
)
def test_a_notebook_is_timed(sources: tuple[str, ...]) -> None:
    assert is_timed(sources)


@pytest.mark.parametrize(
    "sources",
    [
        (),
        (_IMPORT,),
        (_IMPORT, "assert_in_place(f, x)"),
        ("from gabarito.testing import assert_faster as quick", "assert f(1) == 1"),
        ("# assert_faster(f) was too strict\nassert f(1) == 1",),
        ("assert_faster_than_light = 3",),
        ("this is no Python (",),
        ("'assert_faster'",),
    ],
)
def test_a_notebook_is_not_timed(sources: tuple[str, ...]) -> None:
    assert not is_timed(sources)


@pytest.mark.parametrize(
    "source",
    [
        "x = x.cuda()",
        "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "x.to('cuda:0')",
        "torch.accelerator.current_accelerator()",
        "%%time\nx.cuda()",
        "!nvidia-smi\nx.cuda()",
        "no Python: 'cuda",
        'f"on {device} cuda"',
    ],
)
def test_a_cell_mentions_a_gpu(source: str) -> None:
    assert mentions_gpu(["x = 1", source])


@pytest.mark.parametrize(
    "source",
    [
        "x.to(device)",
        "# x.cuda() comes next week\nx = 1",
        "x = 1  # cuda",
        "barracuda = 'barracuda'",
        "accelerators = 0",
        "%%bash\necho cuda",
        "",
    ],
)
def test_a_cell_mentions_no_gpu(source: str) -> None:
    assert not mentions_gpu([source])
