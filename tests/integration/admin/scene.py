"""A bot in use: people with concepts and jobs, and something for each act of an admin to act on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from bot.administration.admins import add_admin
from bot.administration.broadcasts import draft, send
from bot.administration.operation import begin_maintenance
from bot.administration.person import PersonId
from bot.administration.tables import AuditEntry
from bot.administration.training import propose
from bot.handlers.admin.panel import ACTIONS, TOPICS, WORDS
from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory import Actor, User
from rap_engine.memory.in_service import wish_for
from rap_engine.memory.people import active_list, ensure_user
from rap_engine.training.plan import Plan
from tests.integration.bot.chats import Friend, Front
from tests.standin import StandInWorker
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job, Reply
from workers.jobs.uploads import keep_upload
from workers.jobs.values import Address, AnswerRequest, JobRequest, RememberRequest
from workers.runs.adapters import BY_GATE, Verdict, promote, register
from workers.runs.admission import sha256_on_shelf
from workers.runs.pages import adapter_number
from workers.runs.queue import ask_for_run, ask_to_cancel

BOSS, DEPUTY = 7, 66
PROFILE = "rap-llava"
MEASURES = {
    "before": {"recognition": 0.91, "caption_f1": 0.8, "questions": 0.5},
    "after": {"recognition": 0.93, "caption_f1": 0.81, "questions": 0.5},
}
MARKERS = ("Zuckerwatte", "marzipan-info", "krokant-question", "nougat-caption")
"""What people wrote to the bot, none of which an admin may see."""
ACTING = {name for topic in TOPICS for name in (*topic.acts, *topic.acts_on_tap)}
UNTOUCHED = ("inbox", "replies", "audit_log", "alembic_version")
"""Tables that each message and each act writes to."""


@dataclass
class Scene:
    front: Front
    boss: Friend
    friend: Friend
    guest: Friend
    ids: dict[str, int] = field(default_factory=dict)

    def entries(self) -> list[AuditEntry]:
        with self.front.database.transaction() as session:
            return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))

    def rows(self) -> dict[str, list[str]]:
        """All rows of all tables but those that each message writes to."""
        with self.front.database.transaction() as session:
            tables = session.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ).all()
            return {
                table: sorted(session.scalars(text(f'SELECT t::text FROM "{table}" t')).all())  # noqa: S608
                for table in tables
                if table not in UNTOUCHED
            }

    def row(self, entity: Any, row_id: int) -> Any:
        with self.front.database.transaction() as session:
            return session.get(entity, row_id)

    def user_id(self, number: int) -> int:
        with self.front.database.transaction() as session:
            return session.scalars(select(User.id).where(User.external_id == str(number))).one()


def make_scene(front: Front, photo: bytes) -> Scene:
    """People used the bot; maintenance, a second admin, broadcasts, adapters and a run are there.

    Made by the verbs that messages lead to, which takes a fraction of the time.
    """
    scene = Scene(front, Friend(front, BOSS), Friend(front, 41), Friend(front, 42))
    with front.database.transaction() as session:
        _, scene.ids["user"], scene.ids["guest"] = (
            ensure_user(session, "telegram", str(one.number), "Anna")
            for one in (scene.boss, scene.friend, scene.guest)
        )
    _use(scene, photo)
    _administer(scene)
    for one in (scene.boss, scene.friend, scene.guest):
        one.is_told()
    return scene


def _use(scene: Scene, photo: bytes) -> None:
    user_id = scene.ids["user"]
    _ask(scene, (RememberRequest(MARKERS[0], MARKERS[1], ""), photo))
    StandInWorker(scene.front.database).work()
    _, scene.ids["failed"], scene.ids["waiting"], _ = _ask(
        scene,
        (AnswerRequest(f"Why {MARKERS[2]}?"), None),
        (AnswerRequest("Why krokant-again?"), None),
        (AnswerRequest(MARKERS[3]), photo),
    )
    fail(scene, scene.ids["failed"], f"NameTaken('{MARKERS[0]}')")
    with scene.front.database.transaction() as session:
        session.execute(update(User).where(User.id == user_id).values(access="allowed"))
        scene.ids["list"] = active_list(session, Actor(user_id))


def _ask(scene: Scene, *asked: tuple[JobRequest, bytes | None]) -> list[int]:
    """Make jobs of the friend, and return the ids of all there are."""
    address = Address(scene.ids["user"], "telegram", scene.friend.number)
    with scene.front.database.transaction() as session:
        for request, photo in asked:
            upload_id = None if photo is None else keep_upload(session, address.user_id, photo)
            enqueue(session, scene.front.publisher, address, request, upload_id)
        return list(session.scalars(select(Job.id).order_by(Job.id)))


def fail(scene: Scene, job_id: int, error: str) -> None:
    with scene.front.database.transaction() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(state="failed", error=error, started_at=func.now(), finished_at=func.now())
        )


def _administer(scene: Scene) -> None:
    boss = f"telegram:{BOSS}"
    with scene.front.database.transaction() as session:
        add_admin(session, boss, PersonId("telegram", str(DEPUTY)))
        begin_maintenance(session, boss, "a pause")
        wish_for(session, PROFILE)
        scene.ids["broadcast"] = draft(session, boss, "hello").broadcast_id
        send(session, boss, scene.ids["broadcast"])
        scene.ids["draft"] = draft(session, boss, "a draft").broadcast_id
        scene.ids["run"] = ask_for_run(session, Plan(), boss, scene.front.publisher)
        scene.ids["plan"] = propose(session, scene.front.settings).number
    know_adapter(scene, "worse", "failed")
    for name in ("first", "second"):
        know_adapter(scene, name)
        answer_with(scene, name)


def add_adapter(weights: Path, name: str) -> None:
    folder = weights / "adapters" / name
    folder.mkdir(parents=True)
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        (folder / file).write_bytes(b"")


def know_adapter(
    scene: Scene, name: str, verdict: Verdict = "passed", run_id: int | None = None
) -> None:
    """Put an adapter into the weights folder and into the registry."""
    store = WeightsStore(scene.front.settings.weights_dir)
    add_adapter(store.root, name)
    with scene.front.database.transaction() as session:
        register(
            session,
            name=name,
            profile=PROFILE,
            base="tests/base@1",
            sha256=str(sha256_on_shelf(store, name)),
            data={},
            metrics=MEASURES,
            verdict=verdict,
            reasons=("Recognition: 0.930, beside 0.910 of what serves.",),
            run_id=run_id,
            made_by=f"telegram:{BOSS}",
        )


def answer_with(scene: Scene, name: str) -> None:
    store = WeightsStore(scene.front.settings.weights_dir)
    with scene.front.database.transaction() as session:
        promote(session, PROFILE, name, f"telegram:{BOSS}", BY_GATE, store=store)


def end_run(scene: Scene) -> None:
    """Only one run is unfinished: another is asked for once it has ended."""
    with scene.front.database.transaction() as session:
        ask_to_cancel(session, scene.ids["run"], "operator")


AFTER_A_WORD: dict[str, Callable[[Scene], str]] = {
    "stats": lambda _: "",
    "queue": lambda _: "",
    "failed": lambda _: "",
    "users": lambda _: "Anna",
    "user": lambda _: "41",
    "allow": lambda _: "42",
    "block": lambda _: "41",
    "default": lambda _: "41",
    "quota": lambda _: "41 jobs=5",
    "quota list": lambda scene: f"{scene.ids['list']} concepts=9 mb=3 jobs=2",
    "broadcast": lambda _: "we are back",
    "maintenance": lambda _: "",
    "maintenance on": lambda _: "until noon",
    "maintenance off": lambda _: "",
    "profile": lambda _: "",
    "adapter use": lambda _: "first",
    "adapter none": lambda _: "",
    "adapter back": lambda _: "",
    "runs": lambda _: "",
    "retrain": lambda _: "",
    "audit": lambda _: "",
    "admins": lambda _: "",
    "admins add": lambda _: "77",
    "admins remove": lambda _: str(DEPUTY),
}
"""What to write after each word so that it finds something to act on."""
OF_A_TAP: dict[str, Callable[[Scene], int]] = {
    **dict.fromkeys(
        ("adm_overview", "adm_stats", "adm_queue", "adm_failed", "adm_users", "adm_broadcasts"),
        lambda _: 0,
    ),
    **dict.fromkeys(
        ("adm_maintenance", "adm_maintain", "adm_resume", "adm_profile", "adm_base", "adm_audit"),
        lambda _: 0,
    ),
    "adm_admins": lambda _: 0,
    "adm_retry": lambda scene: scene.ids["failed"],
    "adm_drop": lambda scene: scene.ids["failed"],
    "adm_user": lambda scene: scene.ids["user"],
    "adm_allow": lambda scene: scene.ids["guest"],
    "adm_block": lambda scene: scene.ids["user"],
    "adm_default": lambda scene: scene.ids["user"],
    "adm_send": lambda scene: scene.ids["draft"],
    "adm_stop": lambda scene: scene.ids["broadcast"],
    "adm_adapter": lambda _: adapter_number("first"),
    "adm_adapter_despite": lambda _: adapter_number("worse"),
    "adm_roll_back": lambda _: adapter_number("second"),
    **dict.fromkeys(("adm_runs", "adm_retrain"), lambda _: 0),
    **dict.fromkeys(
        ("adm_run", "adm_run_loss", "adm_run_cancel_ask", "adm_run_cancel"),
        lambda scene: scene.ids["run"],
    ),
    "adm_run_start": lambda scene: scene.ids["plan"],
}
"""The id that each button carries."""
BEFORE_AN_ACT: dict[str, Callable[[Scene], None]] = {"adm_run_start": end_run}
"""What has to be so that an act can be done."""
EVERYTHING = (*WORDS, *ACTIONS)


def do(scene: Scene, who: Friend, name: str) -> None:
    """Let somebody write a word after /admin, or tap a button of the panel.

    What they were told before has gone out: who has many replies waiting is not heard.
    """
    with scene.front.database.transaction() as session:
        session.execute(update(Reply).where(Reply.state == "pending").values(state="sent"))
    if name in AFTER_A_WORD:
        who.says(f"/admin {name} {AFTER_A_WORD[name](scene)}".strip())
    else:
        who.taps(f"{name}:{OF_A_TAP[name](scene)}")
