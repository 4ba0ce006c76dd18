"""What a console leaves on the disk, by person: typed lines, and the pictures that it saved."""

import shutil
from pathlib import Path


def history_file(data_dir: Path, user_id: int) -> Path:
    """Return the file of the lines that a person typed."""
    return data_dir / "console" / f"{user_id}.history"


def pictures_dir(data_dir: Path) -> Path:
    """Return where each person has a folder of what they were sent."""
    return data_dir / "pictures"


def erase(data_dir: Path, user_id: int) -> None:
    """Erase a person's lines and pictures."""
    history_file(data_dir, user_id).unlink(missing_ok=True)
    shutil.rmtree(pictures_dir(data_dir) / str(user_id), ignore_errors=True)
