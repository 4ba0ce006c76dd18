"""A server on loopback, and generators that are closed when a test is over."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from rap_engine.generate.openai_server import OpenAiGenerator, Patience
from tests.models.openai_server import KEY, MODEL, ChatServer
from tests.unit.generate.openai_server.asking import Connect

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def _loopback_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy of the developer's in between, and no certificates: reading them takes 0.1 s."""
    for name in (*_PROXIES, *(name.lower() for name in _PROXIES), "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer().running() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that were waited, had they been waited."""
    return []


@pytest.fixture
def connect(server: ChatServer, pauses: list[float]) -> Iterator[Connect]:
    """Connect to the server, or elsewhere; pauses are only noted."""
    with ExitStack() as opened:

        def connected(
            base_url: str | None = None,
            key: str | None = KEY,
            model: str = MODEL,
            max_references: int = 8,
            is_rap: bool = False,
            boxes_are_padded: bool = False,
            temperature: float = 0.0,
            sleep: Callable[[float], None] = pauses.append,
            **waits: float,
        ) -> OpenAiGenerator:
            generator = OpenAiGenerator.connect(
                base_url=base_url or server.base_url,
                api_key=SecretStr(key) if key is not None else None,
                model=model,
                max_references=max_references,
                max_new_tokens=100,
                temperature=temperature,
                is_rap=is_rap,
                boxes_are_padded=boxes_are_padded,
                wait=Patience(sleep=sleep, **waits),  # type: ignore[arg-type]
            )
            return opened.enter_context(closing(generator))

        yield connected


@pytest.fixture
def generator(connect: Connect) -> OpenAiGenerator:
    return connect()
