"""The console's photos are files of this machine."""

from pathlib import Path

from bot.errors import PhotoUnavailable


class LocalFiles:
    """Reads a photo from its path, which is its file id."""

    def download(self, file_id: str) -> bytes:
        """Return a file's bytes; see `FileSource`."""
        try:
            return Path(file_id).read_bytes()
        except OSError as error:
            raise PhotoUnavailable(f"{file_id}: {error.strerror}") from error
