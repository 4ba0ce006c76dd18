"""A model hub on loopback, as far as huggingface_hub asks one, and a plain file server."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_SMALL = 200
"""Files of fewer bytes are not in LFS."""


@dataclass
class FakeHub:
    """What is served, and what was asked for.

    Attributes:
        repos: content of files by name, by commit, by `owner/name`.
        commits: what `main` stands for.
        gated: repositories for people who agreed to terms.
        lies: files that are served with another content than their hash says.
        files: content of plain files at `/files/NAME`.
        break_after: bytes after which the next plain download breaks off.
        asked: method, path and range of each request for content.
    """

    repos: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    lies: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    break_after: int | None = None
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    address: str = ""

    def add(self, repo: str, files: dict[str, bytes], commit: str = "a" * 40) -> None:
        """Publish a repository, or its next commit."""
        self.repos.setdefault(repo, {})[commit] = files
        self.commits[repo] = commit

    @property
    def got(self) -> list[str]:
        """Names of the files whose content was asked for."""
        return sorted(path.rsplit("/", 1)[-1] for method, path, _ in self.asked if method == "GET")

    async def model(self, request: web.Request) -> web.Response:
        """Describe a repository."""
        repo, commit = self._find(request)
        files = self.repos[repo][commit].items()
        siblings = [{"rfilename": name, **_blob(data)} for name, data in files]
        return web.json_response({"id": repo, "sha": commit, "siblings": siblings})

    async def tree(self, request: web.Request) -> web.Response:
        """List a repository's files."""
        repo, commit = self._find(request)
        files = self.repos[repo][commit].items()
        return web.json_response([_entry(name, data) for name, data in files])

    async def resolve(self, request: web.Request) -> web.Response:
        """Give a repository's file."""
        repo, commit = self._find(request)
        name = request.match_info["path"]
        data = self.repos[repo][commit][name]
        headers = {
            "ETag": f'"{_etag(data)}"',
            "X-Repo-Commit": commit,
            "X-Linked-Etag": f'"{_etag(data)}"',
            "X-Linked-Size": str(len(data)),
        }
        return self._content(request, self.lies.get(name, data), headers)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Give a plain file, or a part of it."""
        data = self.files.get(request.match_info["name"])
        if data is None:
            return web.Response(status=404)
        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        if self.break_after is None:
            if request.headers.get("If-Range", etag) != etag:
                self.asked.append(("GET", request.path, "refused"))
                return web.Response(body=data, headers={"ETag": etag})
            return self._content(request, data, {"ETag": etag})
        self.asked.append(("GET", request.path, request.headers.get("Range")))
        broken = web.StreamResponse(headers={"ETag": etag, "Content-Length": str(len(data))})
        await broken.prepare(request)
        await broken.write(data[: self.break_after])
        self.break_after = None
        assert request.transport is not None
        request.transport.close()
        return broken

    def _content(self, request: web.Request, data: bytes, headers: dict[str, str]) -> web.Response:
        wanted = request.headers.get("Range")
        self.asked.append((request.method, request.path, wanted))
        if wanted is None:
            return web.Response(body=data, headers=headers)
        start = int(wanted.removeprefix("bytes=").split("-")[0])
        headers = {**headers, "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        return web.Response(status=206, body=data[start:], headers=headers)

    def _find(self, request: web.Request) -> tuple[str, str]:
        """Return the repository and the commit that a request names."""
        repo = f"{request.match_info['owner']}/{request.match_info['name']}"
        if repo in self.gated:
            raise web.HTTPForbidden(headers={"X-Error-Code": "GatedRepo"})
        if repo not in self.repos:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RepoNotFound"})
        revision = request.match_info["revision"]
        commit = self.commits[repo] if revision == "main" else revision
        if commit not in self.repos[repo]:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RevisionNotFound"})
        return repo, commit


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve on a free port of 127.0.0.1, in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake hub")
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_start(hub), loop).result()
    try:
        yield hub
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(hub: FakeHub) -> web.AppRunner:
    app = web.Application()
    repo = "/{owner}/{name}"
    app.router.add_get(f"/api/models{repo}/revision/{{revision}}", hub.model)
    app.router.add_get(f"/api/models{repo}/tree/{{revision}}", hub.tree)
    app.router.add_get(f"{repo}/resolve/{{revision}}/{{path:.+}}", hub.resolve)
    app.router.add_get("/files/{name}", hub.file)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    hub.address = f"http://{host}:{port}"
    return runner


def _blob(data: bytes) -> dict[str, Any]:
    described: dict[str, Any] = {"size": len(data), "blobId": _git_blob(data)}
    if len(data) >= _SMALL:
        described["lfs"] = {"sha256": _etag(data), "size": len(data), "pointerSize": 130}
    return described


def _entry(name: str, data: bytes) -> dict[str, Any]:
    described: dict[str, Any] = {"size": len(data), "oid": _git_blob(data)}
    if len(data) >= _SMALL:
        described["lfs"] = {"oid": _etag(data), "size": len(data), "pointerSize": 130}
    return {"type": "file", "path": name, **described}


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if len(data) >= _SMALL else _git_blob(data)


def _git_blob(data: bytes) -> str:
    head = f"blob {len(data)}\0".encode()
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
