"""Following a pickle's opcodes to the value that it describes, without running it."""

import io
import pickletools
from collections.abc import Iterator
from typing import IO, Any

from rap_engine.checkpoints.torch_file.values import (
    CheckpointUnreadable,
    CopyBudget,
    Instance,
    quote,
    storage_of,
)
from rap_engine.checkpoints.torch_file.vocabulary import StateNames

_NOTHING = frozenset({"PROTO", "FRAME"})
_LITERALS = frozenset(
    {
        "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT",
        "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    }
)  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_SCALARS = (str, int, float, bytes, type(None))


class BoundedReader:
    """A file whose reads end at its end, before anything is allocated for them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        start = file.tell()
        self._end = file.seek(0, io.SEEK_END)
        file.seek(start)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, or those that are left."""
        return self._file.read(max(0, min(size, self._end - self._file.tell())))

    def readline(self) -> bytes:
        """Return a line, of a name's length."""
        return self._file.readline(4096)


def interpret(file: BoundedReader, names: StateNames) -> Any:
    """Return the value of the pickle that begins here; the file then stands at its end.

    Raises:
        CheckpointUnreadable: an opcode or a name that plain data and modules have no need of.
        ValueError: not a pickle, or one without an end.
    """
    machine = _Machine(names)
    for opcode, argument, _ in pickletools.genops(file):  # type: ignore[arg-type]
        if opcode.name == "STOP":
            return machine.pop()
        machine.step(opcode.name, argument)
    raise CheckpointUnreadable("A pickle in the checkpoint has no end.")


class _Machine:
    """The stack, the marks and the memo of the pickle language."""

    def __init__(self, names: StateNames) -> None:
        self._names = names
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def pop(self) -> Any:
        return self._stack.pop()

    def step(self, name: str, argument: Any) -> None:
        if name in _NOTHING:
            return
        if name in _LITERALS:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif not (self._remember(name, argument) or self._collect(name) or self._fill(name)):
            self._refer(name, argument)

    def _remember(self, name: str, argument: Any) -> bool:
        match name:
            case "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = self._stack[-1]
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
            case "BINGET" | "LONG_BINGET":
                self._stack.append(self._memo[argument])
            case _:
                return False
        return True

    def _collect(self, name: str) -> bool:
        match name:
            case "MARK":
                self._marks.append(len(self._stack))
            case "EMPTY_DICT":
                self._stack.append({})
            # A set is read as a list: nobody asks it, and its items need not be hashed.
            case "EMPTY_LIST" | "EMPTY_SET":
                self._stack.append([])
            case "EMPTY_TUPLE":
                self._stack.append(())
            case "TUPLE" | "FROZENSET":
                self._stack.append(tuple(self._since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                items = tuple(self.pop() for _ in range(int(name[-1])))
                self._stack.append(items[::-1])
            case _:
                return False
        return True

    def _fill(self, name: str) -> bool:
        match name:
            case "APPEND":
                _extend(self._stack[-2], [self._stack[-1]])
                self.pop()
            case "APPENDS" | "ADDITEMS":
                items = self._since_mark()
                _extend(self._stack[-1], items)
            case "SETITEM":
                value, key = self.pop(), self.pop()
                _update(self._stack[-1], [key, value])
            case "SETITEMS":
                items = self._since_mark()
                _update(self._stack[-1], items)
            case "BUILD":
                state = self.pop()
                _build(self._stack[-1], state, self._names.copies)
            case _:
                return False
        return True

    def _refer(self, name: str, argument: Any) -> None:
        match name:
            case "GLOBAL":
                self._stack.append(self._names.known(argument))
            case "STACK_GLOBAL":
                attribute, module = self.pop(), self.pop()
                if not (isinstance(module, str) and isinstance(attribute, str)):
                    raise CheckpointUnreadable("The checkpoint refers to what is no name.")
                self._stack.append(self._names.known(f"{module} {attribute}"))
            case "BINPERSID":
                self._stack.append(storage_of(self.pop()))
            case "REDUCE" | "NEWOBJ":
                arguments, function = self.pop(), self.pop()
                self._stack.append(self._names.call(function, arguments))
            case _:
                raise CheckpointUnreadable(f"The checkpoint uses the opcode {name}.")

    def _since_mark(self) -> list[Any]:
        mark = self._marks.pop()
        items = self._stack[mark:]
        del self._stack[mark:]
        return items


def _extend(target: Any, items: list[Any]) -> None:
    if isinstance(target, list):
        target.extend(items)
    elif not isinstance(target, Instance):
        raise CheckpointUnreadable("The checkpoint appends to something other than a list.")


def _update(target: Any, items: list[Any]) -> None:
    if isinstance(target, dict):
        target.update(_pairs(items))
    elif not isinstance(target, Instance):
        raise CheckpointUnreadable("The checkpoint has keys in something other than a dictionary.")


def _pairs(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    for key, value in zip(items[::2], items[1::2], strict=True):
        # Hashing nested tuples can take for ever.
        parts = key if isinstance(key, tuple) else (key,)
        if not all(isinstance(part, _SCALARS) for part in parts):
            raise CheckpointUnreadable(f"The checkpoint has a key of the type {quote(key)}.")
        yield key, value


def _build(target: Any, state: Any, copies: CopyBudget) -> None:
    """Give a described object its attributes. Those of a dictionary (versions) are of no use."""
    if isinstance(target, Instance):
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                copies.spend(len(part))
                target.attributes.update(part)
    elif not isinstance(target, dict):
        raise CheckpointUnreadable("The checkpoint builds something other than an object.")
