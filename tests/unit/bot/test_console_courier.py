"""What the console does with files."""

import io
import stat
from pathlib import Path

import pytest

from bot.console.courier import ConsoleCourier
from bot.console.updates import Clock
from bot.sender.parcels import Parcel
from bot.texts import catalogue_for
from workers.jobs.values import Place

HERE = Place("console", 1)


@pytest.fixture
def courier(tmp_path: Path) -> ConsoleCourier:
    return ConsoleCourier(io.StringIO(), tmp_path / "pictures", catalogue_for(), Clock())


def _said(courier: ConsoleCourier) -> list[str]:
    assert isinstance(courier.out, io.StringIO)
    return courier.out.getvalue().splitlines()


def _saved(courier: ConsoleCourier) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in courier.pictures.iterdir()}


def test_a_file_is_saved_under_its_name_and_its_path_is_said(courier: ConsoleCourier) -> None:
    courier.deliver(HERE, Parcel("All of yours:", photo=b"zip", file_name="rapbot.zip"))
    assert _saved(courier) == {"rapbot.zip": b"zip"}
    assert _said(courier) == ["All of yours:", f"[file: {courier.pictures / 'rapbot.zip'}]"]


def test_what_is_saved_is_for_its_owner_alone(courier: ConsoleCourier) -> None:
    courier.deliver(HERE, Parcel("", photo=b"jpeg"))
    [picture] = courier.pictures.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (courier.pictures, picture)] == [
        0o700,
        0o600,
    ]


def test_a_file_never_takes_the_place_of_another(courier: ConsoleCourier) -> None:
    for content in (b"one", b"two", b"three"):
        courier.deliver(HERE, Parcel("", photo=content, file_name="rapbot.zip"))
    assert _saved(courier) == {
        "rapbot.zip": b"one",
        "rapbot-1.zip": b"two",
        "rapbot-2.zip": b"three",
    }


@pytest.mark.parametrize("name", ["../../x.zip", "/var/x.zip", "..\\x.zip", "a/../x.zip"])
def test_a_name_leads_nowhere_else(courier: ConsoleCourier, name: str) -> None:
    courier.deliver(HERE, Parcel("", photo=b"zip", file_name=name))
    assert _saved(courier) == {"x.zip": b"zip"}


def test_a_picture_still_has_a_name_of_its_own(courier: ConsoleCourier) -> None:
    courier.deliver(HERE, Parcel("", photo=b"jpeg"))
    courier.deliver(HERE, Parcel("", photo=b"jpeg"))
    assert {Path(name).suffix for name in _saved(courier)} == {".jpg"}
    assert len(_saved(courier)) == 2
    assert _said(courier)[0].startswith("[picture: ")
