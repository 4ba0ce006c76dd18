"""Lines of a stream to which anything may be written."""

from collections.abc import Iterator

import pytest

from workers.runs.lines import LONGEST, lines_of


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"o", b"ne\nt", b"wo"], ["one", "two"]),
        ([b"caf\xe9\n", b"two\n"], ["caf\ufffd", "two"]),
        ([b"x" * LONGEST + b"\n"], ["x" * LONGEST]),
        ([b"x" * (LONGEST + 1) + b"\ntwo\n"], ["two"]),
        ([b"x" * LONGEST, b"x" * LONGEST, b"x\ntwo\n"], ["two"]),
        ([b"x" * LONGEST, b"x", b"its end\n", b"two"], ["two"]),
        ([b"x" * LONGEST, b"x"], []),
        ([b"", b"\n"], [""]),
        ([], []),
    ],
)
def test_lines_are_read_whatever_is_in_them(chunks: list[bytes], lines: list[str]) -> None:
    assert list(lines_of(chunks)) == lines


def test_a_line_without_an_end_is_not_held() -> None:
    """What is held shows in the time: joined again and again it would grow with the square."""

    def chunks() -> Iterator[bytes]:
        for _ in range(6_000):
            yield b"x" * LONGEST
        yield b"\nand on"

    assert list(lines_of(chunks())) == ["and on"]
