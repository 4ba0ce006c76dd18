"""The registry of adapters, and the only two verbs that change the one that answers.

promote ───► checks ─► `in_service` and a row of `promotions`, in one commit
roll_back ─► the same, back to what answered before; repeated, further back
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory.in_service import put_adapter_into_service, read_serving
from workers.runs.admission import check_files, check_may_answer
from workers.runs.refusals import AdapterKnown, NothingToReturnTo, NotPromoted
from workers.runs.tables import Adapter, Promotion

Verdict = Literal["passed", "failed", "not_measured"]
BY_GATE: Final = "gate"
CHOSEN: Final = "chosen"
DESPITE: Final = "despite"
ROLL_BACK: Final = "roll_back"
"""Why something answers: it passed, somebody chose it, the same despite its verdict, or somebody
returned to it."""


def register(
    session: Session,
    *,
    name: str,
    profile: str,
    base: str,
    sha256: str,
    data: Mapping[str, Any],
    metrics: Mapping[str, Any],
    verdict: Verdict,
    reasons: Sequence[str],
    run_id: int | None,
    made_by: str,
) -> Adapter:
    """Note an adapter whose files are in the weights folder; the columns are those of `Adapter`.

    A run that was interrupted here and goes on registers its adapter anew.

    Raises:
        AdapterKnown: another one has that name.
    """
    adapter = session.scalar(select(Adapter).where(Adapter.name == name).with_for_update())
    if adapter is None:
        adapter = Adapter(name=name, run_id=run_id)
        session.add(adapter)
    elif run_id is None or adapter.run_id != run_id:
        raise AdapterKnown(f"There is an adapter {name} already. Choose another name.")
    adapter.profile, adapter.base, adapter.sha256 = profile, base, sha256
    adapter.data, adapter.metrics = dict(data), dict(metrics)
    adapter.verdict, adapter.reasons, adapter.made_by = verdict, list(reasons), made_by
    session.flush()
    return adapter


def registered(session: Session, profile: str) -> Sequence[Adapter]:
    """Return the adapters of a profile, the newest first."""
    query = select(Adapter).where(Adapter.profile == profile).order_by(Adapter.id.desc())
    return session.scalars(query).all()


def find_adapter(session: Session, name: str) -> Adapter | None:
    """Return the adapter of a name, None if it is not registered."""
    return session.scalar(select(Adapter).where(Adapter.name == name))


def promote(
    session: Session,
    profile: str,
    name: str | None,
    by: str,
    why: str,
    *,
    store: WeightsStore,
    despite: bool = False,
) -> bool:
    """Let the profile that serves answer with an adapter, None being its base alone.

    Args:
        session: the system's own; others wait until it ends.
        profile: what must serve.
        name: of a registered adapter.
        by: `telegram:123`, `operator`, or `schedule`.
        why: `BY_GATE`, `CHOSEN` or `DESPITE`.
        store: where its files are.
        despite: whether it may answer though it failed the gate or was not measured.

    Returns:
        False if it answered already, of which nothing is noted.

    Raises:
        NotPromoted: it may not; says why.
    """
    answers = _answering(session, profile)
    if name is not None:
        check_may_answer(find_adapter(session, name), name, profile, store, despite=despite)
    if name == answers:
        return False
    _put(session, profile, answers, name, by, why)
    return True


def roll_back(session: Session, profile: str, by: str, *, store: WeightsStore) -> str | None:
    """Return to what answered before the newest promotion that was not taken back yet.

    What answered once is not asked for its verdict again, but its files must be those it had.

    Returns:
        The adapter that answers now; None for the base alone.

    Raises:
        NothingToReturnTo: nothing is left to take back.
        NotPromoted: the profile does not serve, or the files are gone or others.
    """
    answers = _answering(session, profile)
    target = returns_to(session, profile, answers)
    if target is not None:
        check_files(find_adapter(session, target), target, profile, store)
    _put(session, profile, answers, target, by, ROLL_BACK)
    return target


def returns_to(session: Session, profile: str, answers: str | None) -> str | None:
    """Return what a roll-back would return to; None for the base alone.

    Raises:
        NothingToReturnTo: nothing is left to take back.
    """
    history = select(Promotion).where(Promotion.profile == profile).order_by(Promotion.id)
    earlier = _earlier(session.scalars(history))
    # A profile that came back into service began with its base, whatever answered before.
    while earlier and earlier[-1] == answers:
        earlier.pop()
    if not earlier:
        raise NothingToReturnTo(f"Nothing else answered before under the profile {profile}.")
    return earlier[-1]


def promotions(session: Session, profile: str, limit: int) -> Sequence[Promotion]:
    """Return the latest changes of what answers under a profile, the latest first."""
    query = select(Promotion).where(Promotion.profile == profile)
    return session.scalars(query.order_by(Promotion.id.desc()).limit(limit)).all()


def _answering(session: Session, profile: str) -> str | None:
    """Return the adapter that answers now, which nobody else changes until the end."""
    serving = read_serving(session, locked=True)
    if serving is None:
        raise NotPromoted("no_profile", None, profile)
    if serving.profile != profile:
        raise NotPromoted("other_profile_serves", None, profile)
    return serving.adapter


def _put(
    session: Session, profile: str, was: str | None, adapter: str | None, by: str, why: str
) -> None:
    session.add(Promotion(profile=profile, adapter=adapter, came_from=was, by=by, why=why))
    put_adapter_into_service(session, adapter)
    session.flush()


def _earlier(history: Iterable[Promotion]) -> list[str | None]:
    """Return what answered before each promotion that was not taken back, the oldest first."""
    earlier: list[str | None] = []
    for change in history:
        if change.why != ROLL_BACK:
            earlier.append(change.came_from)
            continue
        while earlier and earlier.pop() != change.adapter:
            pass
    return earlier
