"""Repositories of a Hugging Face hub: pinned, resumable, checked.

Imported before `rap_engine.torch_runtime`, which keeps everything that follows off the network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path, PurePosixPath

import httpx2  # the client of huggingface_hub
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoSibling

from rap_engine.checkpoints.digests import git_blob_of_file, refuse_damaged, sha256_of_file
from rap_engine.checkpoints.errors import FetchFailed, SourceAway
from rap_engine.checkpoints.files import check_room, disk_full_told, read_json, write_json
from rap_engine.checkpoints.progress import Progress, silent
from rap_engine.checkpoints.record import RECORD, FetchedFile, Record
from rap_engine.checkpoints.sources import HubSource

_PIN = "pinned.json"
_SERVER_ERROR = 500
_WEIGHTS = (".safetensors", ".bin")
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub. The token is huggingface_hub's own: `HF_TOKEN`, or what `hf auth login` kept.

    Attributes:
        endpoint: another address than that of `HF_ENDPOINT` or the public hub.
    """

    endpoint: str | None = None

    def fetch(
        self, source: HubSource, folder: Path, commit: str | None, progress: Progress = silent
    ) -> Record:
        """Fetch a repository's files into a folder, and return what came.

        Args:
            commit: what the revision stood for at an earlier fetch.

        Raises:
            SourceAway: the hub cannot be reached, or the connection broke; what came is kept.
            FetchFailed: there is no such repository, revision or file, or it is not for everybody.
            DownloadDamaged: a file's hash is not the hub's.
            DiskFull: there is no room for the files and what is made of them.
        """
        with _errors_told(source), disk_full_told():
            revision = commit or _pinned(folder, source) or source.revision
            info = HfApi(endpoint=self.endpoint).model_info(
                source.repo, revision=revision, files_metadata=True
            )
            files = _chosen(source, info.siblings or [])
            if info.sha is None:
                raise FetchFailed(f"The hub does not say the commit of {source.repo}.")
            folder.mkdir(parents=True, exist_ok=True)
            _check_room(source, folder, files)
            _remove_others(folder, files)
            write_json(folder / _PIN, {**_key(source), "commit": info.sha})
            snapshot_download(
                source.repo,
                revision=info.sha,
                local_dir=folder,
                allow_patterns=[escape(file.rfilename) for file in files],
                endpoint=self.endpoint,
            )
        total = sum(file.size or 0 for file in files)
        with progress(f"checking {source.repo}", total) as read:
            fetched = tuple(
                _checked(source, folder, file, sha256_of_file(folder / file.rfilename, read))
                for file in files
            )
        return Record.of(source, fetched, info.sha)


def _chosen(source: HubSource, siblings: list[RepoSibling]) -> list[RepoSibling]:
    """Return the files to fetch: no `.bin` where the same weights are there as safetensors."""
    by_name = {file.rfilename: file for file in siblings}
    names = [n for n in by_name if any(fnmatchcase(n, pattern) for pattern in source.files)]
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise FetchFailed(f"{source.repo} has a file that would lie elsewhere: {name}.")
    names = [name for name in names if not _is_ours(name)]
    _check_whole(source, names)
    if any(name.endswith(".safetensors") for name in names):
        names = [name for name in names if not name.endswith(".bin") or name in source.files]
    return [by_name[name] for name in names]


def _is_ours(name: str) -> bool:
    """Whether a file would lie where we, or the library, keep notes on the folder."""
    # On some disks capitals make no difference.
    return name.startswith(".") or "/." in name or name.casefold() in {RECORD, _PIN}


def _check_whole(source: HubSource, names: list[str]) -> None:
    """Check that a repository has what its recipe names: each file by its name, and weights."""
    named = [pattern for pattern in source.files if not _WILDCARDS & set(pattern)]
    if lacking := [name for name in named if name not in names]:
        raise FetchFailed(
            f"{source.repo} has no file {', '.join(lacking)}, which the recipe names."
        )
    if not any(name.endswith(_WEIGHTS) for name in names):
        raise FetchFailed(
            f"{source.repo} has no weights, {' or '.join(_WEIGHTS)}, among its files"
            f" {', '.join(source.files)}."
        )


def _remove_others(folder: Path, files: list[RepoSibling]) -> None:
    """Remove what a fetch of another revision left: a loader would take it for this one's."""
    wanted = {_PIN, *(file.rfilename for file in files)}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        # The library's own notes, by which it goes on with a file.
        if path.is_file() and inside.parts[0] != ".cache" and inside.as_posix() not in wanted:
            path.unlink()


def _checked(source: HubSource, folder: Path, file: RepoSibling, sha256: str) -> FetchedFile:
    path = folder / file.rfilename
    if file.lfs is not None:
        refuse_damaged(path, source.repo, sha256, file.lfs.sha256)
    elif file.blob_id is not None:
        refuse_damaged(path, source.repo, git_blob_of_file(path), file.blob_id)
    return FetchedFile(path=file.rfilename, size=path.stat().st_size, sha256=sha256)


def _check_room(source: HubSource, folder: Path, files: list[RepoSibling]) -> None:
    """Look for room for all that is to come, a conversion as large as the files included."""
    whole = sum(file.size or 0 for file in files)
    there = sum((folder / f.rfilename).stat().st_size for f in files if _is_there(folder, f))
    copies = 1 if source.layout == "as-is" else 2
    check_room(folder, whole * copies - there)


def _is_there(folder: Path, file: RepoSibling) -> bool:
    path = folder / file.rfilename
    return path.is_file() and path.stat().st_size == file.size


def _pinned(folder: Path, source: HubSource) -> str | None:
    """Return the commit of a fetch that was interrupted."""
    pin = read_json(folder / _PIN)
    if not isinstance(pin, dict) or {**pin, **_key(source)} != pin:
        return None
    return commit if isinstance(commit := pin.get("commit"), str) else None


def _key(source: HubSource) -> dict[str, str]:
    return {"repo": source.repo, "revision": source.revision}


@contextmanager
def _errors_told(source: HubSource) -> Iterator[None]:
    """Turn the library's errors into sentences."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise SourceAway(
            "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, which forbids fetching. Unset it, and"
            " run the same again."
        ) from error
    except GatedRepoError as error:
        raise FetchFailed(
            f"{source.repo} is for people who agreed to its terms. Agree on its page, and give your"
            " token with HF_TOKEN or `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise FetchFailed(
            f"The hub has no repository {source.repo}, or keeps it private. If you have access,"
            " give your token with HF_TOKEN or `hf auth login`."
        ) from error
    except RevisionNotFoundError as error:
        raise FetchFailed(f"{source.repo} has no revision {source.revision}.") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status < _SERVER_ERROR:
            raise FetchFailed(f"The hub refuses {source.repo}: it answers {status}.") from error
        raise SourceAway(f"The hub answers {status}. Try again later.") from error
    except (httpx2.HTTPError, LocalEntryNotFoundError) as error:
        raise SourceAway(
            "The hub cannot be reached, or the connection broke. Run the same again: files that"
            " came are kept."
        ) from error
