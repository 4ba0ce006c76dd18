"""Receives updates by webhook: 200 is answered after the commit, never before."""

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.exc import DataError, SQLAlchemyError
from telegram import Bot
from telegram.error import BadRequest

from bot.errors import WebhookMisconfigured
from bot.intake.inbox import store
from bot.intake.listening import Listener, reply
from bot.intake.polling import ALLOWED_UPDATES
from bot.intake.posted import NotAnUpdate, read_update
from bot.intake.tally import QUIET_S, Tally
from bot.patience import gist, insist
from config import Settings
from config.logs import get_logger
from rap_engine.memory import Database

_log = get_logger(__name__)
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the name of a header
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
HEALTH_PATH = "/healthz"
_MOST_BYTES = 1024 * 1024
_READ_S = 10.0
_RETRY_AFTER_S = 5
_MOST_DELIVERIES = 8
"""Updates that Telegram may deliver at once; those of one chat it sends one after another."""
_SHUTDOWN_S = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Telegram sends updates, and how it proves that it is Telegram."""

    url: str
    path: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Endpoint":
        """Derive the endpoint: its path cannot be guessed without the secret.

        Raises:
            WebhookMisconfigured: no https address, or a secret that Telegram would refuse.
        """
        base = (settings.webhook_url or "").rstrip("/")
        secret = _secret(settings)
        if not _SECRET.fullmatch(secret):
            raise WebhookMisconfigured(
                "RAPBOT_WEBHOOK_SECRET must be 1 to 256 letters, digits, _ and - (no others)."
            )
        path = "/" + _derived(secret, "path")
        return cls(base + path, path, secret)


def _secret(settings: Settings) -> str:
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    if settings.telegram_token is None:
        raise WebhookMisconfigured("A webhook needs RAPBOT_TELEGRAM_TOKEN.")
    return _derived(settings.telegram_token.get_secret_value(), "webhook secret")


def _derived(key: str, purpose: str) -> str:
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class Webhook:
    """A small server for one path. TLS is the work of the proxy in front of it."""

    bot: Bot = field(repr=False)
    database: Database
    endpoint: Endpoint
    host: str
    port: int
    tally: Tally = field(default_factory=Tally)

    async def run(self) -> None:
        """Serve until cancelled. The webhook stays: Telegram keeps updates until the next start.

        Raises:
            TokenRefused: Telegram does not know the token.
            WebhookMisconfigured: Telegram refused the address.
        """
        runner = web.ServerRunner(Listener(self.answer, self.tally), shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            _log.info("webhook_listens", host=self.host, port=self.port)
            await self._announce()
            while True:
                await asyncio.sleep(QUIET_S)
                self.tally.tell()
        finally:
            self.tally.tell()
            await runner.cleanup()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer a request: an update with the secret, or a proxy that asks whether we live."""
        if request.path == HEALTH_PATH and request.method in {"GET", "HEAD"}:
            return reply(200)
        # A proxy may serve the bot below a path of its own, and pass that on or not.
        last = "/" + request.path.rpartition("/")[2]
        if request.method != "POST" or not _same(last, self.endpoint.path):
            return self._turned_away("not_found", 404)
        if not _same(request.headers.get(_SECRET_HEADER, ""), self.endpoint.secret):
            return self._turned_away("refused", 401)
        return await self._receive(request)

    async def _receive(self, request: web.BaseRequest) -> web.Response:
        try:
            async with asyncio.timeout(_READ_S):
                body = await _body(request)
            update = read_update(body)
        except TimeoutError:
            return self._turned_away("too_slow", 408)
        except web.HTTPRequestEntityTooLarge:
            return self._turned_away("too_large", 413)
        except (ConnectionError, web.RequestPayloadError):
            return self._turned_away("cut_off", 400)
        except NotAnUpdate:
            return self._turned_away("unreadable", 400)
        return await self._store(update)

    async def _store(self, update: dict[str, Any]) -> web.Response:
        try:
            await asyncio.to_thread(store, self.database, "telegram", [update])
        except (ValueError, TypeError, AttributeError, DataError):
            # A chat that is none, a number that no column holds: it would fail for ever.
            return self._turned_away("unreadable", 400)
        except SQLAlchemyError as error:
            # Not committed: Telegram will send it again.
            _log.warning("webhook_not_stored", error=gist(error))
            return reply(503, _RETRY_AFTER_S)
        return reply(200)

    def _turned_away(self, reason: str, status: int) -> web.Response:
        self.tally.add(reason)
        return reply(status)

    async def _announce(self) -> None:
        try:
            await insist(self._set_webhook, "setWebhook")
        except BadRequest as error:
            raise WebhookMisconfigured(f"Telegram refused the webhook: {error.message}") from error

    async def _set_webhook(self) -> bool:
        return await self.bot.set_webhook(
            self.endpoint.url,
            secret_token=self.endpoint.secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=_MOST_DELIVERIES,
            drop_pending_updates=False,
        )


async def _body(request: web.BaseRequest) -> bytes:
    """Read a body.

    Raises:
        HTTPRequestEntityTooLarge: it is larger than `_MOST_BYTES`, or says that it will be.
    """
    if (request.content_length or 0) > _MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(_MOST_BYTES)
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > _MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(_MOST_BYTES)
    return bytes(body)


def _same(given: str, ours: str) -> bool:
    """Compare in constant time. What was given may hold bytes that are no text."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), ours.encode())
