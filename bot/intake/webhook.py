"""Receives updates by webhook: 200 is answered after the commit, never before."""

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot
from telegram.error import BadRequest

from bot.errors import WebhookMisconfigured
from bot.intake.inbox import store
from bot.intake.polling import ALLOWED_UPDATES
from bot.patience import gist, insist
from config import Settings
from config.logs import get_logger
from rap_engine.memory import Database

_log = get_logger(__name__)
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the name of a header
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MOST_BYTES = 1024 * 1024


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
    refused: int = 0

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            TokenRefused: Telegram does not know the token.
            WebhookMisconfigured: Telegram refused the address.
        """
        runner = web.AppRunner(self.app(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            _log.info("webhook_listens", host=self.host, port=self.port)
            await self._announce()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def app(self) -> web.Application:
        """Return the server's application."""
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_post(self.endpoint.path, self._receive)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        given = request.headers.get(_SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.endpoint.secret.encode()):
            self.refused += 1
            _log.warning("webhook_refused", refused=self.refused)
            return web.Response(status=401)
        try:
            update: dict[str, Any] = await request.json()
            await asyncio.to_thread(store, self.database, "telegram", [update])
        except (ValueError, KeyError, TypeError, AttributeError):
            _log.warning("webhook_unreadable")
            return web.Response(status=400)
        except SQLAlchemyError as error:
            # Not committed: Telegram will send it again.
            _log.warning("webhook_not_stored", error=gist(error))
            return web.Response(status=503)
        return web.Response(status=200)

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
        )
