"""Notebook cells in one IPython shell inside this process, without a kernel."""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import functools
import gc
import getpass
import io
import linecache
import os
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import msgspec
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from gabarito.engine.statements import perform, split
from gabarito.engine.wire import Clear, Done, Message, Rich, Run, Text
from gabarito.model import Outcome

Send = Callable[[Message], None]
_FLUSH_BYTES = 8192
_FLUSH_SECONDS = 0.2
_UNTIMED_BYTES = 256
"""So much is written before the clock is looked at again."""
_JUST_BEGUN = 0.05
_PROMPT = re.compile(r"^\s*In \[\d+\]:", re.MULTILINE)
_WORD = re.compile(r"\s*(\w+)[^\n]*\s*$")
_NEEDS_SOURCE = re.compile(r"inspect|getsource|\bjit\b|\bpdb\b|doctest")
# By their words: in the checker, an exception of the student's process is of a class that only looks like torch's.
_FULL = re.compile(r"can't allocate memory|^(CUDA|XPU|HIP) (error: )?out of memory")
_TRACEBACK_FRAMES = 40
_LONGEST_MESSAGE = 4000


class OutputLimitReached(BaseException):
    """The cell wrote more than it may; not an Exception, so that `except Exception` doesn't swallow it."""

    __module__ = "builtins"  # a student's traceback names no file of ours


class StdinUnavailableError(RuntimeError):
    """`input()` was called where nobody can answer."""

    __module__ = "builtins"


class _Stream(io.TextIOBase):
    """stdout or stderr of a cell: sends what is written, counts it, keeps only the beginning."""

    def __init__(self, name: str, shell: CellShell) -> None:
        self._name = name
        self._shell = shell
        self._parts: list[str] = []
        self._begin = 0
        self._since = 0.0

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "replace"

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def write(self, text: str) -> int:
        shell = self._shell
        # Most that a cell writes is short and below all limits: a print is four such calls.
        if type(text) is str and (written := shell.written + len(text)) <= shell.carefree:
            shell.written = written
            self._parts.append(text)
            return len(text)
        return self._write(text)

    def _write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        shell = self._shell
        kept = shell.count_output(len(text))
        if kept:
            now = time.monotonic()
            if not self._parts:
                self._begin, self._since = shell.written - kept, now
            self._parts.append(text[:kept])
            if shell.written - self._begin >= _FLUSH_BYTES or now - self._since > _FLUSH_SECONDS:
                self.flush()
            else:
                shell.trust(_UNTIMED_BYTES)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._parts:
            text, self._parts = "".join(self._parts), []
            self._shell.trust(0)
            text = text.encode("utf-8", "replace").decode()
            self._shell.send(Text(self._name, text))

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1 if self._name == "stdout" else 2

    def close(self) -> None:
        self.flush()


class _Publisher(DisplayPublisher):
    """`display()` and figures."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        cell_shell().show(data, metadata or {}, display_id=(transient or {}).get("display_id"), is_update=update)

    def clear_output(self, wait: bool = False) -> None:
        shell = cell_shell()
        shell.flush()
        shell.send(Clear(bool(wait)))


class _Hook(DisplayHook):
    """The value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        cell_shell().show(format_dict, md_dict or {}, is_result=True)

    def finish_displayhook(self) -> None:
        pass


class _Compiler(CachingCompiler):
    """Names each cell's code so that a traceback says which cell it was."""

    label = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.label or super().get_code_name(raw_code, transformed_code, number)


class _Shell(InteractiveShell):
    """IPython without history, terminal or kernel."""

    own_transformers: tuple[object, ...] = ()
    shown: BaseException | None = None
    """The first error that was shown, and not raised: `%%capture` and the like run their cell so. A kernel shows it."""

    def transform_cell(self, raw_cell: str) -> str:
        """The cell as Python. IPython tokenizes it a dozen times for this; what is Python already stays as it is."""
        is_alone = self.transformers() == self.own_transformers and not self._is_automagic(raw_cell)
        if is_alone and _is_python(raw_cell):
            return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        return super().transform_cell(raw_cell)

    def _is_automagic(self, cell: str) -> bool:
        """Whether the cell is one line that begins with the name of a magic, such as `ls` or `pwd`."""
        word = _WORD.match(cell)
        return word is not None and self.find_line_magic(word[1]) is not None

    def transformers(self) -> tuple[object, ...]:
        """Everything that may change a cell's text, those that a notebook registered included."""
        manager = self.input_transformer_manager
        return (
            *manager.cleanup_transforms,
            *manager.line_transforms,
            *manager.token_transformers,
            *self.input_transformers_post,
        )

    def init_history(self) -> None:
        super().init_history()
        self.history_manager.enabled = False

    def enable_gui(self, gui: str | None = None) -> None:
        """Accept `%matplotlib inline`; there is no window system."""

    def ask_exit(self) -> None:
        raise SystemExit

    def _tee(self, channel: str) -> contextlib.AbstractContextManager[None]:
        """Keep no second copy of what is written: there is no history to keep it in."""
        return contextlib.nullcontext()

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """Say nothing: errors are reported as data, once."""

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Say nothing of a cell's own error, which is reported as data; write down one of a value's `repr`."""
        if exc_tuple is None:
            self._note_error()
        else:
            print("".join(traceback.format_exception_only(exc_tuple[1])), end="", file=sys.stderr)

    def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: errors are reported as data, once."""
        self._note_error()

    def showindentationerror(self) -> None:
        """Say nothing: errors are reported as data, once."""
        self._note_error()

    def _note_error(self) -> None:
        self.shown = self.shown or sys.exc_info()[1]


class CellShell:
    """One notebook's namespace; made once before the fork, used by one student process."""

    def __init__(self) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        config.InteractiveShell.colors = "NoColor"
        config.InteractiveShell.xmode = "Minimal"
        config.InteractiveShell.autocall = 0
        self.ip = _Shell.instance(
            config=config,
            display_pub_class=_Publisher,
            displayhook_class=_Hook,
            compiler_class=_Compiler,
        )
        self.ip.own_transformers = self.ip.transformers()
        self.send: Send = _discard
        self._run: Run | None = None
        self._since = 0.0
        self.written = 0
        """What the cell has written."""
        self.carefree = 0
        """What it may have written before that has to be looked at."""
        self._count = 0
        self._is_forked = False
        self._out = _Stream("stdout", self)
        self._err = _Stream("stderr", self)
        os.register_at_fork(after_in_child=self._forked)

    def open(self, send: Send) -> None:
        """Begin a notebook in this process: what its cells produce goes to `send`."""
        self.send = send
        self._is_forked = False
        self.take_streams()
        self.ip.user_module.__dict__["__file__"] = None
        self.ip.user_ns.pop("__file__", None)

    def take_streams(self) -> None:
        """Let what is written come here, and nobody be asked for input."""
        sys.stdout, sys.stderr = self._out, self._err
        builtins.input = getpass.getpass = _no_input

    def go_on(self, send: Send) -> None:
        """Go on with the notebook in a copy of the process that had begun it."""
        self.send = send
        self._is_forked = False

    @property
    def may_be_interrupted(self) -> bool:
        """Whether a cell runs just now for which an interrupt can be meant.

        The supervisor may decide just when a cell ends; a cell that has only begun isn't the one that it stops.
        """
        return self._run is not None and time.monotonic() - self._since > _JUST_BEGUN

    def _forked(self) -> None:
        self._is_forked = True
        self.send = _discard

    def count_output(self, size: int) -> int:
        """Count what a cell writes; says how much of it is kept.

        Raises:
            OutputLimitReached: the cell has written more than its limit.
        """
        run = self._run
        if run is None:
            return size
        before, self.written = self.written, self.written + size
        if self.written > run.output_bytes:
            raise OutputLimitReached
        return max(0, min(size, run.kept_bytes - before))

    def trust(self, size: int) -> None:
        """Let so much more be written uncounted; less where a limit comes first."""
        run = self._run
        self.carefree = min(self.written + size, run.kept_bytes, run.output_bytes) if run is not None else 0

    def flush(self) -> None:
        """Send what was written so far."""
        self._out.flush()
        self._err.flush()

    def show(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any],
        *,
        is_result: bool = False,
        display_id: Any = None,
        is_update: bool = False,
    ) -> None:
        """Send something displayed, in order with what was written.

        Raises:
            OutputLimitReached: the cell has written more than its limit.
        """
        self.flush()
        plain = _plain(data)
        self.count_output(sum(len(str(v)) for v in plain.values()) or 1)
        self.send(
            Rich(plain, _plain(metadata), is_result, str(display_id) if display_id is not None else None, is_update)
        )

    def run(self, run: Run) -> Done:
        """Run one cell to its end, whatever that is.

        A process that the cell forked and that comes back here has no business in the notebook: it exits.
        """

        def execute() -> BaseException | None:
            compiler: _Compiler = self.ip.compile
            compiler.label = run.label
            result = self.ip.run_cell(run.source, store_history=not run.is_test, silent=False)
            raised: BaseException | None = result.error_before_exec or result.error_in_exec or self.ip.shown
            return raised

        return self._account(run, execute)

    def test(self, order: list[Run], *, shows_source: bool = False) -> Done:
        """Run one test without IPython, so that what a notebook hooked into it has no part in it.

        IPython runs tests that are no plain Python, and those that wait for coroutines. It takes several times as long,
        and longest at its first cell: so the checker runs given cells in this way, too.

        Args:
            order: the only list that holds the order, which is taken out: no frame below the test shows its source.
            shows_source: whether its lines may be found in this process afterwards, by tracebacks first of all: in
                the checker, where no student code runs that could have left hooks behind either.
        """
        codes: list[Iterator[CodeType]] = []
        try:
            made = split(order[0].source, order[0].label, self._future_flags(), in_one=shows_source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            made = None
        if made is None:
            if not shows_source:
                gc.enable()
            return self.run(order.pop())
        codes.append(made)
        del made
        if shows_source or _NEEDS_SOURCE.search(order[0].source):
            remember_source(order[0].label, order[0].source)
        run = msgspec.structs.replace(order.pop(), source="")

        def execute() -> BaseException | None:
            try:
                value = perform(codes, self.ip.user_module.__dict__, ends_hooks=not shows_source)
                if value is not None:
                    self._show_value(value)
            finally:
                _show_figures()
            return self.ip.shown

        try:
            return self._account(run, execute)
        finally:
            if not shows_source:
                linecache.cache.pop(run.label, None)

    def _account(self, run: Run, execute: Callable[[], BaseException | None]) -> Done:
        self._since = time.monotonic()
        self._run, self.written, self.carefree = run, 0, 0
        self.ip.shown = None
        if run.is_test:
            self._leave_place()
        began = time.process_time()
        try:
            raised = execute()
            self.flush()
        except BaseException as e:
            raised = e
        finally:
            if self._is_forked:
                os._exit(0)
        self._run, self.carefree = None, 0
        if not run.is_test:
            self._count += 1
        spent = time.process_time() - began
        if raised is None:
            return Done(self._count, nonce=run.nonce, cpu_seconds=spent)
        self._quiet_flush()
        return _failure(raised, run, self._count, spent)

    def _leave_place(self) -> None:
        """Let a test have its place in `In`, for tests that look at the cell before them; but not its source."""
        for history in (self.ip.history_manager.input_hist_parsed, self.ip.history_manager.input_hist_raw):
            if type(history) is list:
                history.append("")

    def _future_flags(self) -> int:
        """Flags of the `from __future__ import …` of earlier cells."""
        flags = vars(self.ip.compile).get("flags", 0)
        return flags if type(flags) is int else 0

    def _show_value(self, value: Any) -> None:
        """Show the value of a test's last expression, which may be its score: a number is what `repr` says."""
        data, metadata = {"text/plain": repr(value)}, {}
        if type(value).__module__ not in ("builtins", "numpy"):
            data, metadata = self.ip.display_formatter.format(value)
        self.show(data, metadata, is_result=True)

    @contextlib.contextmanager
    def serving(self, output_bytes: int) -> Iterator[None]:
        """While a request of the checker is answered: it may be interrupted, and what is written is sent.

        Args:
            output_bytes: what it may write; the checker counts what the requests of a test write together.
        """
        self._since = 0.0
        self._run, self.written, self.carefree = _serving(output_bytes), 0, 0
        try:
            yield
        finally:
            self._run, self.carefree = None, 0
            if self._is_forked:
                os._exit(0)

    def _quiet_flush(self) -> None:
        try:
            self.flush()
        except BaseException:
            self._out._parts, self._err._parts = [], []


@functools.cache
def _serving(output_bytes: int) -> Run:
    return Run(index=-1, label="", source="", is_test=False, output_bytes=output_bytes, kept_bytes=output_bytes)


def write_file(path: str, content: bytes) -> None:
    """Put a file of the notebook's into the current folder."""
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def cell_shell() -> CellShell:
    """The one CellShell of this process, made at the first call."""
    if not _shells:
        _shells.append(CellShell())
    return _shells[0]


_shells: list[CellShell] = []


def _is_python(source: str) -> bool:
    """Whether IPython's own syntax is certainly not in it. A pasted `In [1]: x = 2` is an annotation to Python."""
    if _PROMPT.search(source):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def remember_source(label: str, source: str) -> None:
    """Let Python find the lines of this code where it looks for those of files."""
    linecache.cache[label] = (len(source), None, source.splitlines(keepends=True), label)


def _show_figures() -> None:
    """Show the figures that were drawn, as IPython does after a cell."""
    backend = sys.modules.get("matplotlib_inline.backend_inline")
    if backend is not None and "matplotlib.pyplot" in sys.modules:
        backend.flush_figures()


def _discard(message: Message) -> None:
    pass


def _no_input(prompt: object = "", stream: object = None, **options: object) -> str:
    raise StdinUnavailableError("input() can't be answered while a notebook is graded: give the value in the code")


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Display data as JSON can hold it: bytes become base64 text, what else can't be held its repr."""
    return {str(k): _plain_value(v) for k, v in data.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(k): _plain_value(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_value(v) for v in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, (bool, float)):
        return value
    return value if isinstance(value, int) and abs(value) < 1 << 63 else repr(value)


# Not `raised.__traceback__`: a student's exception class may say anything there.
_TRACEBACK = BaseException.__dict__["__traceback__"]


def _failure(raised: BaseException, run: Run, count: int, spent: float) -> Done:
    name = type(raised).__name__
    try:
        message = str(raised)[:_LONGEST_MESSAGE].encode("utf-8", "replace").decode()
    except BaseException as e:
        message = f"(its text can't be had: {type(e).__name__})"
    tb = _TRACEBACK.__get__(raised)
    while tb is not None and tb.tb_frame.f_code.co_filename != run.label:
        tb = tb.tb_next
    return Done(
        count,
        error=name,
        message=message,
        traceback=_traceback(raised, tb, name, message),
        lines=tuple(_lines_in(tb, run.label)),
        nonce=run.nonce,
        outcome=_outcome(raised, message, is_test=run.is_test),
        cpu_seconds=spent,
    )


def _outcome(raised: BaseException, message: str, *, is_test: bool) -> Outcome:
    if isinstance(raised, OutputLimitReached):
        return Outcome.OUTPUT
    if isinstance(raised, MemoryError) or (isinstance(raised, RuntimeError) and _FULL.search(message)):
        return Outcome.MEMORY
    if isinstance(raised, AssertionError) and is_test:
        return Outcome.FAILED
    return Outcome.ERROR


def is_of_gpu(message: str) -> bool:
    """Whether an exception of this text, whose outcome is `memory`, speaks of a GPU's memory."""
    return message.startswith(("CUDA", "XPU", "HIP"))


def _lines_in(tb: TracebackType | None, label: str) -> list[int]:
    lines = []
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == label:
            lines.append(tb.tb_lineno)
        tb = tb.tb_next
    return lines


def _traceback(raised: BaseException, tb: TracebackType | None, name: str, message: str) -> tuple[str, ...]:
    try:
        told = traceback.TracebackException(type(raised), raised, tb, limit=-_TRACEBACK_FRAMES, compact=True)
        while told.stack and told.stack[-1].filename == __file__:
            told.stack.pop()
        lines = "".join(told.format(chain=True)).rstrip("\n").split("\n")
    except BaseException:
        lines = [f"{name}: {message}"]
    return tuple(line[:1000].encode("utf-8", "replace").decode() for line in lines[:200])


def interrupt_only_cells(signum: int, frame: FrameType | None) -> None:
    """Signal handler: stop the running cell; between cells there is nothing to stop."""
    if _shells and _shells[0].may_be_interrupted:
        raise KeyboardInterrupt
