"""Files of an archive are read by name, and an archive may be made to harm."""

import io
import os
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from rap_engine.transfer import sources
from rap_engine.transfer.errors import BadArchive, Refused
from rap_engine.transfer.sources import is_safe, open_source
from tests.unit.transfer.archives import zipped

LIMIT = 1_000_000


def _read(path: Path, name: str, most_bytes: int = LIMIT) -> bytes:
    with open_source(path) as source:
        return source.read(name, most_bytes)


def _refused(path: Path) -> dict[str, str]:
    with open_source(path) as source:
        return {one.path: one.reason for one in source.refused}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x.jpg",
        "photos/../../x.jpg",
        "..",
        "C:/x.jpg",
        "C:x.jpg",
        "photos\\..\\x.jpg",
        "x\x00.jpg",
        "x\x1b[2J.jpg",
        "",
        "x" * 300,
    ],
)
def test_a_name_that_leads_elsewhere_is_not_safe(name: str) -> None:
    assert not is_safe(name)


@pytest.mark.parametrize(
    "name", ["a.jpg", "photos/a.jpg", "./a/b/0.png", "größe ä.jpg", "a..b.jpg"]
)
def test_a_name_inside_is_safe(name: str) -> None:
    assert is_safe(name)


def test_a_zip_and_a_folder_hold_the_same_files(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "photos").mkdir(parents=True)
    (folder / "photos" / "1.jpg").write_bytes(b"photo")
    archive = zipped(tmp_path / "a.zip", {"photos/1.jpg": b"photo"})
    for path in (folder, archive):
        assert _read(path, "photos/1.jpg") == b"photo"
        with pytest.raises(Refused):
            _read(path, "photos/2.jpg")


def test_what_leads_out_of_a_zip_is_refused_by_its_path_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    bad = ["/etc/passwd", "../x.jpg", "photos/../../x.jpg", "C:\\x.jpg"]
    path = zipped(tmp_path / "a.zip", {**dict.fromkeys(bad, b"x"), "good.jpg": b"good"})
    assert list(_refused(path)) == bad
    assert _read(path, "good.jpg") == b"good"
    for name in bad:
        with pytest.raises(Refused):
            _read(path, name)


def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, kind in (("link.jpg", 0o120777), ("pipe.jpg", 0o010600), ("file.jpg", 0o100600)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = kind << 16
            file.writestr(entry, "/etc/passwd")
    assert list(_refused(path)) == ["link.jpg", "pipe.jpg"]


def test_of_two_entries_with_one_name_neither_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile itself finds that odd
        file.writestr("a.jpg", "one")
        file.writestr("a.jpg", "two")
    with pytest.raises(Refused, match="not in the archive"):
        _read(path, "a.jpg")


def test_an_encrypted_or_oddly_compressed_entry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("odd.jpg", b"x" * 100, zipfile.ZIP_BZIP2)
        file.writestr("secret.jpg", b"x" * 100)
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    assert set(_refused(path)) == {"odd.jpg", "secret.jpg"}


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"bomb.jpg": bytes(30_000_000), "small.jpg": bytes(1000)})
    assert path.stat().st_size < 100_000
    assert list(_refused(path)) == ["bomb.jpg"]


def test_a_bomb_whose_header_lies_is_cut_while_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"bomb.jpg": bytes(30_000_000)})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = struct.pack("<L", 500)
    path.write_bytes(content)
    with pytest.raises(Refused, match="broken"):
        _read(path, "bomb.jpg")


def test_an_entry_larger_than_asked_for_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"large.jpg": os.urandom(2000)})
    assert len(_read(path, "large.jpg", 2000)) == 2000
    with pytest.raises(Refused, match="larger than 1,999"):
        _read(path, "large.jpg", 1999)


def test_all_entries_together_have_a_limit_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number}.jpg" for number in range(3)]
    path = zipped(tmp_path / "a.zip", dict.fromkeys(names, os.urandom(1000)))
    with open_source(path) as source:
        monkeypatch.setattr(source, "_left", 2500)
        assert len(source.read(names[0], LIMIT)) == len(source.read(names[1], LIMIT)) == 1000
        with pytest.raises(Refused, match="larger than 500"):
            source.read(names[2], LIMIT)


def test_a_broken_entry_leaves_the_others_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("broken.jpg", b"0123456789")
        file.writestr("good.jpg", b"good")
    path.write_bytes(path.read_bytes().replace(b"0123456789", b"012345678x", 1))
    with pytest.raises(Refused, match="broken"):
        _read(path, "broken.jpg")
    assert _read(path, "good.jpg") == b"good"


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06", os.urandom(500)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(BadArchive):
        _read(path, "a.jpg")


def test_a_cut_off_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": os.urandom(1000)})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadArchive):
        _read(path, "a.jpg")


def test_too_many_entries_are_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_ENTRIES", 10)
    path = zipped(tmp_path / "a.zip", {f"{number}.jpg": b"" for number in range(11)})
    with pytest.raises(BadArchive, match="more than 10 entries"):
        _read(path, "0.jpg")


def test_a_list_of_entries_that_hides_its_size_is_refused(tmp_path: Path) -> None:
    """A zip64 record says the real number; `zipfile` would believe that one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.jpg", b"")
    content = buffer.getvalue()
    path = tmp_path / "a.zip"
    path.write_bytes(content[:-22] + b"PK\x06\x07" + bytes(16) + content[-22:])
    with pytest.raises(BadArchive, match="4 GB"):
        _read(path, "a.jpg")


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "inside.jpg").symlink_to(folder / "real.jpg")
    (folder / "real.jpg").write_bytes(b"real")
    assert _read(folder, "inside.jpg") == b"real"
    for name in ("link.jpg", "../secret.jpg", str(tmp_path / "secret.jpg")):
        with pytest.raises(Refused):
            _read(folder, name)


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(Refused, match="not a file"):
        _read(tmp_path, "pipe.jpg")


def test_there_is_no_archive_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(BadArchive):
        _read(tmp_path / "missing.zip", "a.jpg")
