"""What one cell put out, collected as nbformat outputs and kept within bounds."""

from __future__ import annotations

from typing import Any

from gabarito.engine.wire import Clear, Rich, Text

_LEAST = 64
"""What a message counts at least, so that a flood of empty ones is one, too."""
_MOST = 5000
"""Outputs of one cell that are kept."""


class Outputs:
    """Outputs in the order in which they came.

    Args:
        kept_bytes: how much text is kept of it, and 16 times as much displayed data, since figures are large;
            a note says that there was more.
    """

    def __init__(self, kept_bytes: int) -> None:
        self.received = 0
        self.value: str | None = None
        self._kept_text = kept_bytes
        self._kept_data = 16 * kept_bytes
        self._outputs: list[dict[str, Any]] = []
        self._ids: list[str | None] = []
        self._clear_next = False
        self._dropped = 0

    def add(self, message: Text | Rich | Clear) -> None:
        """Take one message of the student process."""
        self.received += _LEAST
        if len(self._outputs) >= _MOST:
            self._dropped += 1
            return
        if isinstance(message, Clear):
            self._clear_next = message.wait
            if not message.wait:
                self._clear()
            return
        if self._clear_next:
            self._clear_next = False
            self._clear()
        if isinstance(message, Text):
            self._add_text("stderr" if message.name == "stderr" else "stdout", message.text)
        else:
            self._add_rich(message)

    def add_error(self, name: str, message: str, traceback: list[str]) -> None:
        """Take the error that ended the cell."""
        self._append({"output_type": "error", "ename": name, "evalue": message, "traceback": traceback}, None)

    def finish(self, count: int | None) -> tuple[dict[str, Any], ...]:
        """All outputs as nbformat has them; `count` becomes the execution count of a result."""
        for output in self._outputs:
            if output["output_type"] == "stream":
                output["text"] = _as_shown(output["text"])
            elif output["output_type"] == "execute_result":
                output["execution_count"] = count
        if self._dropped:
            text = f"[{self._dropped} more characters of output were not kept]\n"
            self._outputs.append({"output_type": "stream", "name": "stdout", "text": text})
        return tuple(self._outputs)

    def _add_text(self, name: str, text: str) -> None:
        self.received += len(text)
        kept = text[: self._kept_text]
        self._kept_text -= len(kept)
        self._dropped += len(text) - len(kept)
        if not kept:
            return
        last = self._outputs[-1] if self._outputs else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += kept
        else:
            self._append({"output_type": "stream", "name": name, "text": kept}, None)

    def _add_rich(self, message: Rich) -> None:
        size = sum(len(str(v)) for part in (message.data, message.metadata) for v in part.values())
        self.received += size
        if message.is_result:
            plain = message.data.get("text/plain")
            self.value = plain if isinstance(plain, str) else None
        if size > self._kept_data:
            self._dropped += size
            return
        self._kept_data -= size
        if message.is_update:
            for output, display_id in zip(self._outputs, self._ids, strict=True):
                if display_id is not None and display_id == message.display_id:
                    output["data"], output["metadata"] = message.data, message.metadata
            return
        kind = "execute_result" if message.is_result else "display_data"
        shown: dict[str, Any] = {"output_type": kind, "data": message.data, "metadata": message.metadata}
        if message.is_result:
            shown["execution_count"] = None
        self._append(shown, message.display_id)

    def _append(self, output: dict[str, Any], display_id: str | None) -> None:
        self._outputs.append(output)
        self._ids.append(display_id)

    def _clear(self) -> None:
        self._outputs.clear()
        self._ids.clear()


def _as_shown(text: str) -> str:
    """The text as a terminal shows it: what a carriage return goes back over, as progress bars do, is gone."""
    if "\r" not in text:
        return text
    lines = (line[:-1] if line.endswith("\r") else line for line in text.split("\n"))
    return "\n".join(line.rpartition("\r")[2] for line in lines)
