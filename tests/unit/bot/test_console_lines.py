"""What a typed line means."""

from pathlib import Path

import pytest

from bot.console.courier import printable
from bot.console.lines import Line, Pressed, WithPhoto, Written, parse_line
from bot.console.updates import Clock


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("hello ", Written("hello")),
        ("/forget #1", Written("/forget #1")),
        ("#1", Pressed(1)),
        (" [12] ", Pressed(12)),
        ("photo:dog.jpg", WithPhoto("dog.jpg", "")),
        ("photo:dog.jpg who is it?", WithPhoto("dog.jpg", "who is it?")),
        ('photo:"my dog.jpg" /remember Rex', WithPhoto("my dog.jpg", "/remember Rex")),
        ("photo:'my dog.jpg'", WithPhoto("my dog.jpg", "")),
        ("photo:~/dog.jpg", WithPhoto(str(Path.home() / "dog.jpg"), "")),
        ("photo:~nobody-of-that-name/x", WithPhoto("~nobody-of-that-name/x", "")),
        ("photo:", WithPhoto("", "")),
        ("a photo:dog.jpg", Written("a photo:dog.jpg")),
    ],
)
def test_reads_lines(line: str, meaning: Line) -> None:
    assert parse_line(line) == meaning


def test_numbers_only_rise() -> None:
    clock = Clock()
    numbers = [clock.next() for _ in range(1000)]
    assert numbers == sorted(set(numbers))


def test_nothing_commands_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc\u202e") == "a\ufffd[2Jb\nc\ufffd"
