"""One file from an address; a broken download goes on where it stopped."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from rap_engine.checkpoints.digests import refuse_damaged, sha256_of_file
from rap_engine.checkpoints.errors import FetchFailed, SourceAway
from rap_engine.checkpoints.files import check_room, disk_full_told
from rap_engine.checkpoints.progress import Progress, silent
from rap_engine.checkpoints.record import FetchedFile
from rap_engine.checkpoints.sources import UrlSource

_TIMEOUT_S = 30.0
_RANGE_NOT_SATISFIABLE = 416  # its name in httpx2 changed between versions
_PART = ".part"
# Of the response that the part began with: the rest is asked for only if it is still the same file.
_VALIDATOR = ".part.etag"


def download(source: UrlSource, folder: Path, progress: Progress = silent) -> FetchedFile:
    """Fetch the file of an address into a folder, and return what came.

    Raises:
        SourceAway: the address cannot be reached, or the connection broke; what came is kept.
        FetchFailed: the server will not give the file.
        DownloadDamaged: its SHA-256 is not the given one.
        DiskFull: there is no room.
    """
    target = folder / source.file_name
    part = target.with_name(target.name + _PART)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (
            disk_full_told(),
            httpx2.Client(follow_redirects=True, timeout=_TIMEOUT_S) as client,
            client.stream("GET", source.url, headers=_headers(part)) as response,
        ):
            _receive(response, part, progress)
    except httpx2.TransportError as error:
        raise SourceAway(
            f"{_server(source)} cannot be reached, or the connection broke: {error}. Run the same"
            " again: it goes on where it stopped."
        ) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise FetchFailed(f"{source.url} cannot be fetched: {error}.") from error
    size = part.stat().st_size
    with progress(f"checking {target.name}", size) as read:
        found = sha256_of_file(part, read)
    refuse_damaged(part, source.url, found, source.sha256 or found)
    part.replace(target)
    _validator(part).unlink(missing_ok=True)
    return FetchedFile(path=target.name, size=size, sha256=found)


def _headers(part: Path) -> dict[str, str]:
    plain = {"Accept-Encoding": "identity"}
    if not (part.is_file() and _validator(part).is_file()):
        return plain
    same = _validator(part).read_text("ascii")
    return {**plain, "Range": f"bytes={part.stat().st_size}-", "If-Range": same}


def _receive(response: httpx2.Response, part: Path, progress: Progress) -> None:
    if response.status_code == _RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)
        raise SourceAway("The server has no more of this file. Run the same again to begin anew.")
    if response.is_server_error:
        raise SourceAway(f"{response.url.host} answers {response.status_code}. Try again later.")
    if not response.is_success:
        raise FetchFailed(f"{response.url} cannot be fetched: it answers {response.status_code}.")
    goes_on = response.status_code == httpx2.codes.PARTIAL_CONTENT
    _keep_validator(response, part)
    present = part.stat().st_size if goes_on else 0
    length = response.headers.get("Content-Length")
    left = int(length) if length is not None and length.isdecimal() else None
    check_room(part.parent, left or 0)
    total = present + left if left is not None else None
    with (
        part.open("ab" if goes_on else "wb") as file,
        progress(part.name.removesuffix(_PART), total) as came,
    ):
        came(present)
        for piece in response.iter_bytes():
            file.write(piece)
            came(len(piece))


def _keep_validator(response: httpx2.Response, part: Path) -> None:
    etag = response.headers.get("ETag", "")
    if etag.startswith('"') and etag.isascii():  # a weak one cannot vouch for bytes
        _validator(part).write_text(etag, "ascii")
    else:
        _validator(part).unlink(missing_ok=True)


def _validator(part: Path) -> Path:
    return part.with_name(part.name.removesuffix(_PART) + _VALIDATOR)


def _server(source: UrlSource) -> str:
    return urlsplit(source.url).netloc
