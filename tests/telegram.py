"""A Bot API on loopback, with people who write to the bot."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from aiohttp import web
from lo_bot_api_emulator import ApiRefusal, LoBotApiEmulator

TOKEN = "7:e2e-token-that-no-log-may-show"
USERNAME = "rapbot_test_bot"
DEADLINE_S = 30.0
LIBRARY_WARNING = pytest.mark.filterwarnings(
    # aiohttp's own, on reading an upload.
    "ignore:unread_data:DeprecationWarning"
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the bot made, and what it was told."""

    method: str
    fields: dict[str, Any]
    photo: bytes | None
    result: Any
    file_name: str | None = None

    @property
    def text(self) -> str:
        return str(self.fields.get("text") or self.fields.get("caption") or "")

    @property
    def buttons(self) -> dict[str, str]:
        """Label -> data of the inline buttons."""
        markup = json.loads(self.fields.get("reply_markup") or "{}")
        rows = markup.get("inline_keyboard", [])
        return {button["text"]: button["callback_data"] for row in rows for button in row}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a call is answered with, once; only in one chat if that is given."""

    description: str
    status: int
    parameters: dict[str, Any]
    chat_id: int | None

    def is_for(self, fields: dict[str, Any]) -> bool:
        return self.chat_id is None or str(fields.get("chat_id")) == str(self.chat_id)


class Emulator(LoBotApiEmulator):
    """Adds the bot's user name, a memory of calls, and mishaps on request."""

    def __init__(self) -> None:
        super().__init__(allow_insecure_loopback_webhooks=True)
        self.calls: list[Call] = []
        self.changed = threading.Condition()
        self.mishaps: dict[str, list[str]] = {}
        self.refusals: dict[str, list[Refusal]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.webhook_trouble: dict[str, Any] = {}
        self.handed_out: list[dict[str, Any]] = []

    def validate(self, method: str, fields: dict[str, Any], uploads: dict[str, Any]) -> Any:
        mishap = self.mishaps[method].pop(0) if self.mishaps.get(method) else None
        if mishap == "flood":
            raise ApiRefusal("Too Many Requests: retry after 1", 429, {"retry_after": 1})
        if mishap == "blocked":
            raise ApiRefusal("Forbidden: bot was blocked by the user", 403)
        if mishap == "conflict":
            raise ApiRefusal("Conflict: terminated by other getUpdates request", 409)
        with self.changed:
            self.asked.append((method, dict(fields)))
        self._refuse(method, fields)
        # The library under the emulator does not know this one of Telegram's parameters.
        known = {name: value for name, value in fields.items() if name != "link_preview_options"}
        result = super().validate(method, known, uploads)
        if method == "getMe":
            result["username"] = USERNAME
        upload = next(iter(uploads.values()), {})
        photo, file_name = upload.get("data"), upload.get("filename")
        with self.changed:
            self.calls.append(Call(method, dict(fields), photo, result, file_name))
            self.changed.notify_all()
        if mishap == "cut":
            raise ConnectionAbortedError
        return result

    def _refuse(self, method: str, fields: dict[str, Any]) -> None:
        waiting = self.refusals.get(method, [])
        for refusal in waiting:
            if refusal.is_for(fields):
                waiting.remove(refusal)
                raise ApiRefusal(refusal.description, refusal.status, refusal.parameters)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return web.json_response(
                {"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401
            )
        try:
            response: web.StreamResponse = await super().handle(request)
        except ConnectionAbortedError:
            # The message arrived; the answer does not.
            assert request.transport is not None
            request.transport.abort()
            raise
        if request.match_info["method"] == "getUpdates" and response.status == HTTPStatus.OK:
            self._remember_updates(response)
        if request.match_info["method"] == "getWebhookInfo":
            return self._with_trouble(response)
        return response

    def _with_trouble(self, response: web.StreamResponse) -> web.StreamResponse:
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        answer = json.loads(response.body)
        answer["result"] |= self.webhook_trouble
        return web.json_response(answer)

    def _remember_updates(self, response: web.StreamResponse) -> None:
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        with self.changed:
            self.handed_out += json.loads(response.body)["result"]
            self.changed.notify_all()


@dataclass
class FakeTelegram:
    """The server and the people on it, for tests that run in another thread."""

    emulator: Emulator
    loop: asyncio.AbstractEventLoop
    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    def person(self, number: int = 500, name: str = "Anna") -> "Person":
        return Person(self, number, name)

    def enqueue(self, update: dict[str, Any]) -> int:
        """Put an update into the bot's queue and return its id."""
        task = self.emulator.enqueue_update(update, token=TOKEN)
        number: int = asyncio.run_coroutine_threadsafe(task, self.loop).result(DEADLINE_S)
        return number

    def add_file(self, content: bytes) -> str:
        file_id = f"file-{next(self._numbers)}"
        self.emulator.assets[file_id] = {"data": content, "size": len(content)}
        return file_id

    def calls(self, *methods: str) -> list[Call]:
        with self.emulator.changed:
            return [call for call in self.emulator.calls if call.method in methods]

    def wait_for(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until a condition on the calls holds, and return what it says."""
        deadline = time.monotonic() + DEADLINE_S
        with self.emulator.changed:
            while not (value := condition()):
                left = deadline - time.monotonic()
                seen = [(call.method, call.text) for call in self.emulator.calls]
                assert left > 0, f"{what} never came; the bot called {seen[-12:]}"
                self.emulator.changed.wait(min(left, 0.2))
        return value

    def updates_handed_out(self) -> list[dict[str, Any]]:
        """Return what polls were answered with."""
        with self.emulator.changed:
            return list(self.emulator.handed_out)

    def forget_confirmations(self) -> None:
        """Queue all updates again, as if their confirmation had never arrived."""
        queue = self.emulator._update_queues._state(TOKEN)
        queue.updates[:] = self.updates_handed_out()

    def mishap(self, method: str, kind: str) -> None:
        """Let the next call of a method go wrong: `flood`, `blocked`, `conflict` or `cut`."""
        self.emulator.mishaps.setdefault(method, []).append(kind)

    def refuse(
        self,
        method: str,
        description: str,
        status: int = 400,
        chat_id: int | None = None,
        **parameters: Any,
    ) -> None:
        """Answer the next call of a method, in one chat if that is given, with an error."""
        refusal = Refusal(description, status, parameters, chat_id)
        self.emulator.refusals.setdefault(method, []).append(refusal)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """Return the fields of all calls of a method, also of those that were refused."""
        with self.emulator.changed:
            return [fields for name, fields in self.emulator.asked if name == method]

    def webhook_is_in_trouble(self, **info: Any) -> None:
        """Let `getWebhookInfo` say more than it knows: `last_error_message` and the like."""
        self.emulator.webhook_trouble = info

    def deliver_updates(self) -> int:
        """Send what is queued to the webhook again, and return how many updates it took."""
        task = self.emulator.deliver_updates(token=TOKEN)
        number: int = asyncio.run_coroutine_threadsafe(task, self.loop).result(DEADLINE_S)
        return number


@dataclass
class Person:
    """Somebody in a private chat with the bot. Reads replies in the order in which they came."""

    telegram: FakeTelegram
    number: int
    name: str
    read: int = 0

    def says(self, text: str, **more: Any) -> int:
        return self.telegram.enqueue({"message": self.message(text=text, **more)})

    def sends(self, photo: bytes, caption: str | None = None, **more: Any) -> int:
        return self.telegram.enqueue(
            {"message": self.message(**self.photo(photo, caption), **more)}
        )

    def taps(self, call: Call, label: str) -> int:
        return self.taps_data(call, call.buttons[label])

    def taps_data(self, call: Call, data: str) -> int:
        """Press a button of one's own making."""
        message = {"message_id": call.result["message_id"], "date": 1, "chat": self.chat}
        return self.telegram.enqueue(
            {
                "callback_query": {
                    "id": f"tap-{next(self.telegram._numbers)}",
                    "from": self.user,
                    "chat_instance": "1",
                    "message": message,
                    "data": data,
                }
            }
        )

    def hears(self, part: str) -> Call:
        """Wait for the next reply, which must have this part."""
        replies = self.telegram.wait_for(
            lambda: self.replies()[self.read :], f"a reply to {self.name} with {part!r}"
        )
        self.read += 1
        assert part in replies[0].text, replies[0].text
        return replies[0]

    def replies(self) -> list[Call]:
        made = self.telegram.calls("sendMessage", "sendPhoto", "editMessageText")
        return [call for call in made if call.fields["chat_id"] == str(self.number)]

    def message(self, **content: Any) -> dict[str, Any]:
        number = next(self.telegram._numbers)
        head = {"message_id": number, "date": 1, "chat": self.chat, "from": self.user}
        return {**head, **content}

    def photo(self, content: bytes, caption: str | None = None) -> dict[str, Any]:
        file_id = self.telegram.add_file(content)
        size = {"file_id": file_id, "file_unique_id": file_id, "width": 640, "height": 480}
        return {
            "photo": [{**size, "file_size": len(content)}],
            **({} if caption is None else {"caption": caption}),
        }

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.number, "is_bot": False, "first_name": self.name}

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.number, "type": "private"}


@contextmanager
def fake_telegram() -> Iterator[FakeTelegram]:
    """Run the server in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake-telegram")
    thread.start()
    emulator = Emulator()
    runner = web.AppRunner(emulator.app(), access_log=None, shutdown_timeout=0.1)
    try:
        port = asyncio.run_coroutine_threadsafe(_serve(runner), loop).result(DEADLINE_S)
        yield FakeTelegram(emulator, loop, port)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(DEADLINE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(runner: web.AppRunner) -> int:
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return port
