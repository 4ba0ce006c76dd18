"""Whether a file is what its source says."""

import hashlib
from pathlib import Path

from rap_engine.checkpoints.errors import DownloadDamaged
from rap_engine.checkpoints.progress import Advance
from rap_engine.checkpoints.tensors import CHUNK_BYTES


def sha256_of_file(path: Path, read: Advance) -> str:
    """Return a file's SHA-256 in hexadecimal; `read` is told the bytes of each piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            digest.update(piece)
            read(len(piece))
    return digest.hexdigest()


def git_blob_of_file(path: Path) -> str:
    """Return the id that git gives a file's content. For small files: it is read whole."""
    content = path.read_bytes()
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def refuse_damaged(path: Path, origin: str, found: str, wanted: str) -> None:
    """Erase a file whose hash is not the wanted one.

    Raises:
        DownloadDamaged: the file was another one.
    """
    if found == wanted:
        return
    path.unlink()
    raise DownloadDamaged(
        f"{path.name} from {origin} has the hash {found}, not {wanted}. It was erased: run the same"
        " again to fetch it anew."
    )
