import os
from pathlib import Path

import pytest

from rapbot.errors import DataDirUnusable
from rapbot.layout import SOCKET_PATH_BYTES, Layout


def test_sockets_lie_in_the_data_directory(tmp_path: Path) -> None:
    assert Layout.of(Path("/srv/rapbot")).socket_dir("valkey") == Path("/srv/rapbot/run/valkey")


@pytest.mark.parametrize(
    "data_dir",
    [
        pytest.param(Path("/srv") / ("long" * 30), id="too long for a socket"),
        pytest.param(Path("/srv/with space"), id="a space"),
        pytest.param(Path("/srv/50%"), id="a percent sign"),
        pytest.param(Path("/srv/a,b"), id="a comma"),
        pytest.param(Path("/srv/größe"), id="letters that a URL quotes"),
    ],
)
def test_sockets_move_when_the_path_cannot_hold_them(data_dir: Path) -> None:
    layout = Layout.of(data_dir)

    longest = layout.socket_dir("postgres") / ".s.PGSQL.5432"
    assert data_dir not in layout.sockets_dir.parents
    assert len(os.fsencode(longest)) <= SOCKET_PATH_BYTES


def test_the_longest_path_that_fits_stays(tmp_path: Path) -> None:
    rest = len("/srv/") + len("/run/postgres/.s.PGSQL.5432")
    fits = Path("/srv") / ("x" * (SOCKET_PATH_BYTES - rest))
    one_more = Path(f"{fits}x")

    assert Layout.of(fits).sockets_dir == fits / "run"
    assert Layout.of(one_more).sockets_dir != one_more / "run"


def test_two_data_directories_do_not_share_sockets() -> None:
    one, other = Layout.of(Path("/srv/a b")), Layout.of(Path("/srv/a c"))

    assert one.sockets_dir != other.sockets_dir


def test_a_link_names_the_same_data_directory(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert Layout.of(tmp_path / "link") == Layout.of(tmp_path / "real")


def test_folders_of_sockets_and_logs_are_private(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path / "data")
    layout.create()
    layout.create()

    for folder in (layout.socket_dir("postgres"), layout.socket_dir("valkey"), layout.logs_dir):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_somebody_put_there_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    layout = Layout.of(tmp_path / "with space")
    (tmp_path / "elsewhere").mkdir()
    layout.sockets_dir.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(DataDirUnusable, match="is not a folder of this user"):
        layout.create()


def test_a_data_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DataDirUnusable, match="RAPBOT_DATA_DIR"):
        Layout.of(tmp_path / "file" / "data").create()
