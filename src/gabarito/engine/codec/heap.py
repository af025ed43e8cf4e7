"""The objects that both sides hold, and the messages that keep them the same."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, final

from gabarito.engine.codec import arrays, buffers, content, libraries, small_tensors, sweep, tables, tags, tensors
from gabarito.engine.codec.containers import Commit, SharedBytes, SharedDict, SharedList, SharedSet, define
from gabarito.engine.codec.limits import CodecError, CodecLimits
from gabarito.engine.codec.memory import Buffer, Memory
from gabarito.engine.codec.opaque import Bridge, Opaque
from gabarito.engine.codec.reader import Reader
from gabarito.engine.codec.segment import Incoming, Outgoing, Reused
from gabarito.engine.codec.writer import Writer

_HEAD = struct.Struct("<BIIIIQ")
_VERSION = 1
_OID = struct.Struct("<Q")

Arrayed = arrays.SharedArray | tensors.SharedTensor
_ARRAYED = (arrays.SharedArray, tensors.SharedTensor)
Entry = (
    SharedList | SharedDict | SharedSet | SharedBytes | tables.SharedTable | arrays.SharedArray | tensors.SharedTensor
)

_CONTAINERS: dict[Any, Any] = {list: SharedList, dict: SharedDict, set: SharedSet, bytearray: SharedBytes}
_FILLED = (SharedList, SharedDict, SharedSet, SharedBytes, tables.SharedTable)
_BY_TAG = {shared.tag: (kind, shared) for kind, shared in _CONTAINERS.items()}
_FAULTS = (
    ArithmeticError, AttributeError, BufferError, LookupError, MemoryError, OSError, RuntimeError, TypeError,
    ValueError, struct.error,
)  # fmt: skip
"""What reading a malformed message can raise besides a CodecError."""


@final
class Heap:
    """One side's view of what both sides hold; not for use by several threads at a time."""

    def __init__(self, side: int, bridge: Bridge, limits: CodecLimits | None = None, *, devices: bool = False) -> None:
        """Side 0 or 1; `devices`: a message may open an accelerator that this process doesn't use yet."""
        self.limits = limits or CodecLimits()
        self.bridge = bridge
        self.devices = devices
        self.memory = Memory(self.limits.array_bytes)
        self.weights = content.Weights()
        self.graphs: list[tensors.SharedTensor] = []
        """Tensors of the present message for which the bridge is asked."""
        self._side = side
        self._next = 2 if side == 0 else 1
        self._entries: dict[int, Entry] = {}
        self._by_id: dict[int, Entry] = {}
        self._foreign = 0
        self._later: list[Callable[[], object]] = []
        self._undo: list[Callable[[], object]] = []
        self._soon: list[Callable[[Writer], Commit | None]] = []
        self.changed: list[Any] | None = None
        """Once it is a list: what messages of the other side change in objects that were known before."""
        self.changing: Callable[[Entry | buffers.Written], object] | None = None
        """Called of such an object of this side's before a message changes it."""
        self._defined: set[int] = set()
        self._novel: dict[int, Buffer] = {}
        self._touched: dict[int, Arrayed] = {}
        # The checker is side 0, and changes nothing before it was read.
        self._reused = Reused() if side == 0 else None

    def __len__(self) -> int:
        """How many objects both sides hold."""
        return len(self._entries)

    # The way out.

    def encode(self, value: object) -> tuple[bytes, list[int]]:
        """A message with a value and all that changed since the last, and file descriptors to pass along and close.

        Raises:
            CodecError: the value, or what a shared object got into, is over a limit or can't be sent; then nothing
                counts as sent.
        """
        writer = Writer(self, self.limits)
        self._begin()
        try:
            for entry in list(self._entries.values()):
                if (commit := entry.scan(writer)) is not None:
                    self._later.append(commit)
            root = writer.out = bytearray()
            writer.value(value)
            writer.out = writer.contents
            while self._soon:
                if (commit := self._soon.pop()(writer)) is not None:
                    self._later.append(commit)
            writer.room(len(root))
            size = writer.segment.size if writer.segment else 0
            head = _HEAD.pack(_VERSION, *writer.counts, size)
            message = b"".join((head, writer.defs, writer.arrays, writer.states, writer.contents, root))
            fds = [writer.segment.seal()] if writer.segment else []
        except BaseException:
            if writer.segment:
                writer.segment.give_up()
            self._roll_back()
            raise
        self._commit()
        return message, fds

    def refer(self, writer: Writer, obj: object) -> int:
        """The identity of a shared object, which is defined in this message if it is new."""
        entry = self._by_id.get(id(obj))
        if entry is None:
            entry = self._define(writer, obj)
        elif type(entry) is arrays.SharedArray and entry.shell and entry.mine:
            entry.expose(writer)
        return entry.oid

    def _define(self, writer: Writer, obj: Any) -> Entry:
        shared = _CONTAINERS.get(type(obj))
        if shared is not None:
            entry: SharedList = shared(self.fresh(), obj, mine=True)  # or one of its like
            define(writer, shared.tag, entry.oid)
            self.enter(entry)
            self._soon.append(entry.write)
            return entry
        if type(obj) in libraries.TABLES:
            tag = tables.tag_of(obj)
            table = tables.SharedTable(self, self.fresh(), obj, tag, mine=True)
            define(writer, tag, table.oid)
            self.enter(table)
            self._soon.append(table.start)
            return table
        if type(obj) is sys.modules["numpy"].ndarray:
            return arrays.define(self, writer, obj)
        return (small_tensors if small_tensors.fits(self, obj) else tensors).define(self, writer, obj)

    def outgoing(self) -> Outgoing:
        """Shared memory for one message."""
        return Outgoing() if self._reused is None else self._reused.outgoing()

    def export(self, obj: object) -> Opaque:
        """The description of an object that isn't plain."""
        return self.bridge.export(obj)

    # The way in.

    def decode(self, data: bytes, fds: Sequence[int] = ()) -> Any:
        """The value of a message, after all changes in it were made here; the descriptors stay the caller's.

        Raises:
            CodecError: the message is malformed or over a limit; then nothing was changed, unless what failed was
                the last step, to put the changes in place.
        """
        self._begin()
        try:
            value = self._decode(data, fds)
            self._commit()
        except BaseException as error:
            self._roll_back()
            if isinstance(error, _FAULTS):
                raise CodecError(f"a message is malformed: {type(error).__name__}: {error}") from None
            raise
        # Arrays that look at the same bytes, in another way, may make of them what they aren't.
        for entry in self._touched.values():
            for view in list(entry.buffer.views.values()) if entry.buffer else [entry]:
                if (kind := view.kind()) != content.PLAIN:
                    content.valid_throughout(view.raw(), kind)
                view.agree()
        self._touched = {}
        return value

    def _decode(self, data: bytes, fds: Sequence[int]) -> Any:
        if len(data) > self.limits.frame_bytes:
            raise CodecError(f"a message has {len(data)} bytes; the limit is {self.limits.frame_bytes}")
        version, new, filled, states, contents, size = _HEAD.unpack_from(data)
        if version != _VERSION:
            raise CodecError(f"a message has version {version} instead of {_VERSION}")
        reader = Reader(data, Incoming(fds, size, is_believed=self._side == 1), self, self.limits)
        reader.pos = _HEAD.size
        reader.spend(new + filled + states + contents)
        for _ in range(new):
            self._read_definition(reader)
        if not all(buffer.views for buffer in self._novel.values()):
            raise CodecError("a message has memory without arrays")
        for _ in range(filled):
            self._read_array(reader)
        for entry in self.graphs:
            self._substitute(entry)
        for _ in range(states):
            self._read_state(reader)
        for _ in range(contents):
            entry = self._entry(reader, _FILLED)
            self._later.append(entry.read(reader))
            self._note_change(entry)
        value = reader.value()
        if reader.pos != len(data):
            raise CodecError(f"a message has {len(data) - reader.pos} bytes too many")
        return value

    def _entry(self, reader: Reader, kinds: tuple[type, ...]) -> Any:
        entry = self.entry(reader.unpack(_OID)[0])
        if type(entry) not in kinds:
            raise CodecError(f"a message has content of the wrong kind for object {entry.oid}")
        return entry

    def _read_definition(self, reader: Reader) -> None:
        tag = reader.data[reader.pos]
        reader.pos += 1
        known = _BY_TAG.get(tag)
        if known is not None:
            (oid,) = reader.unpack(_OID)
            self.check_new(oid)
            self.enter(known[1](oid, known[0](), mine=False))
        elif tag == tags.BUFFER:
            buffer = buffers.read(self, reader)
            self._novel[buffer.oid] = buffer
        elif tag == tags.ARRAY:
            entry: Arrayed = arrays.read(self, reader)
            self._touch(entry)
        elif tag == tags.TENSOR:
            entry = tensors.read(self, reader)
            self._touch(entry)
        elif tag == tags.SMALL_TENSOR:
            small_tensors.read(self, reader)
        elif tag in (tags.FRAME, tags.SERIES):
            (oid,) = reader.unpack(_OID)
            self.check_new(oid)
            self.enter(tables.SharedTable(self, oid, tables.blank(tag), tag, mine=False))
        else:
            raise CodecError(f"a message has an object of the unknown kind {tag}")

    def _note_change(self, entry: Entry | buffers.Written) -> None:
        changed = self.changed
        if entry.oid in self._defined:
            return
        if self.changing is not None and entry.mine:
            self.changing(entry)
        if changed is not None:
            self._later.append(lambda: changed.append(entry))

    def _note_written(self, entry: Arrayed, source: bytes | int, reader: Reader) -> None:
        """Note what of this side's the content of an array of the other side's changes, for it may lie there, too."""
        buffer = entry.buffer
        if entry.mine or buffer is None:
            return
        mine = [self._entries[oid] for oid, view in buffer.views.items() if view.mine]
        if (mine or buffer.mine) and content.differs(source, reader.segment, entry.raw()):
            for each in [buffers.Written(self, buffer)] if buffer.mine else mine:
                self._note_change(each)

    def _touch(self, entry: Arrayed) -> None:
        self._touched[entry.buffer.oid if entry.buffer else entry.oid] = entry

    def _read_array(self, reader: Reader) -> None:
        entry: Arrayed = self._entry(reader, _ARRAYED)
        source, size = content.read(reader)
        reader.weigh(size)
        if size != entry.size():
            raise CodecError(f"a message has {size} bytes for an array of {entry.size()}")
        if entry.shell and entry.mine:
            raise CodecError("a message has content for an array that was not sent")
        self._touch(entry)
        self._note_change(entry)
        if (entry.buffer is None and not entry.mine) or (entry.buffer and entry.buffer.oid in self._novel):
            entry.load(source, reader)
            is_alone = entry.buffer is None or len(entry.buffer.views) == 1
            if is_alone and content.kept(source) and entry.kind() != content.TEXT:  # characters may overlap
                entry.agreed = source
                del self._touched[entry.buffer.oid if entry.buffer else entry.oid]
        else:
            entry.load_later(source, reader)
            self._note_written(entry, source, reader)
        if entry.shell:
            self._later.append(entry.show)

    def _read_state(self, reader: Reader) -> None:
        entry: Arrayed = self._entry(reader, _ARRAYED)
        if entry.read_state(reader):
            self._note_change(entry)

    def _substitute(self, entry: tensors.SharedTensor) -> None:
        tensor = entry.obj
        stand_in = self.bridge.graph_tensor(tensor, entry.oid)
        if not tensors.alike(tensor, stand_in):
            raise CodecError("the bridge gave a tensor of another form or memory for one that requires grad")
        del self._by_id[id(tensor)]
        entry.obj = stand_in
        self._by_id[id(stand_in)] = entry

    def resolve(self, oid: int) -> object:
        """The shared object with this identity.

        Raises:
            CodecError: there is none.
        """
        return self.entry(oid).obj

    def adopt(self, opaque: Opaque) -> object:
        """What stands here for a description."""
        return self.bridge.adopt(opaque)

    # Identities.

    def fresh(self) -> int:
        """A new identity; the layer above may use them for its own objects too."""
        oid = self._next
        self._next += 2
        return oid

    @property
    def next_number(self) -> int:
        """The identity of this side's next object: those that it has already are smaller."""
        return self._next

    def own(self) -> list[object]:
        """The objects of this side's that the other one holds, too."""
        return [entry.obj for entry in self._entries.values() if entry.mine]

    def find(self, oid: int) -> Any:
        """What is kept under an identity; None if there is nothing."""
        return self._entries.get(oid)

    def oid(self, obj: object) -> int | None:
        """The identity of an object; None if the other side doesn't know it."""
        entry = self._by_id.get(id(obj))
        return None if entry is None else entry.oid

    def known(self, obj: object) -> Any:
        """What is kept of an object; None if the other side doesn't know it."""
        return self._by_id.get(id(obj))

    def entry(self, oid: int) -> Any:
        """What is kept under an identity.

        Raises:
            CodecError: there is nothing.
        """
        entry = self.find(oid)
        if entry is None:
            raise CodecError(f"a message names object {oid}, which doesn't exist here")
        return entry

    def check_new(self, oid: int) -> None:
        """Check an identity that the other side gives.

        Raises:
            CodecError: it isn't the other side's to give, or is in use.
        """
        if oid % 2 == self._side or oid in self._entries or oid in self.memory.buffers or not oid:
            raise CodecError(f"a message gives the number {oid}, which is taken")

    def enter(self, entry: Entry) -> None:
        """Keep an object under its identity, until the message fails."""
        if not entry.mine:
            if self._foreign >= self.limits.nodes:
                raise CodecError(f"a message adds to {self.limits.nodes} objects; more can't be held")
            if isinstance(entry, _ARRAYED):
                self.memory.view(entry.noted)
            self._foreign += 1
        self._defined.add(entry.oid)
        self._entries[entry.oid] = entry
        self._by_id[id(entry.obj)] = entry
        self._undo.append(lambda: self._leave(entry))

    def release(self, oids: Iterable[int]) -> None:
        """Forget identities that the other side forgot; numbers that are not in use are passed over."""
        for oid in oids:
            entry = self._entries.get(oid)
            if entry is not None:
                self._leave(entry)

    def collect(self) -> list[int]:
        """Forget the objects that only this heap refers to; give their numbers, for the other side's `release`.

        Right behind `encode`, which sends what changed in them last; the other side must get the numbers behind that
        message and before it decodes this side's next.
        """
        gone: list[int] = []
        while dead := sweep.dead(self._entries, self._by_id):
            for oid in dead:
                self._leave(self._entries[oid])
            gone += dead
        return gone

    def unseen(self) -> set[int]:
        """The objects that only this heap refers to, as far as nothing else shows their content either."""
        return {oid for oid in sweep.dead(self._entries, self._by_id) if _is_alone(self._entries[oid])}

    def _leave(self, entry: Entry) -> None:
        del self._entries[entry.oid]
        del self._by_id[id(entry.obj)]
        if not entry.mine:
            self._foreign -= 1
        if isinstance(entry, _ARRAYED):
            if not entry.mine:
                self.memory.view(-entry.noted)
            self._uncover(entry)

    def _uncover(self, entry: Arrayed) -> None:
        buffer = entry.buffer
        if buffer is None:
            return
        covered = entry is buffer.cover
        stale = covered and len(buffer.views) > 1 and entry.differs()
        buffer.remove(entry.oid)
        if not buffer.views:
            self.memory.drop(buffer)
        elif covered:  # the others were not watched till now
            for view in buffer.views.values():
                view.agree()
                if stale:
                    view.agreed = None

    # One message, whole or not at all.

    def undo(self, step: Callable[[], object]) -> None:
        """Do this if the present message fails."""
        self._undo.append(step)

    def later(self, step: Callable[[], object]) -> None:
        """Do this once the present message is complete."""
        self._later.append(step)

    def soon(self, step: Callable[[Writer], Commit | None]) -> None:
        """Append this to the present message after its value."""
        self._soon.append(step)

    def _begin(self) -> None:
        libraries.learn()
        self._later, self._undo, self._soon = [], [], []
        self._novel, self._touched, self.graphs, self._defined = {}, {}, [], set()

    def _commit(self) -> None:
        for step in self._later:
            step()
        self._later, self._undo = [], []

    def _roll_back(self) -> None:
        for step in reversed(self._undo):
            step()
        self._begin()


def _is_alone(entry: Entry) -> bool:
    """Whether no other object can lie in the memory of this one unless it refers to it."""
    if isinstance(entry, arrays.SharedArray):
        buffer = entry.buffer
        return buffer.keep is entry.obj and len(buffer.views) == 1 and not buffer.storages
    if isinstance(entry, tensors.SharedTensor):
        return entry.is_alone()
    return type(entry) in _CONTAINERS.values()
