"""The acts on adapters, by an admin in the chat or the operator: each is logged."""

from sqlalchemy.orm import Session

from bot.administration import audit
from bot.administration.serving import recipe_of
from config import Settings
from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory.in_service import Serving, read_serving
from workers.runs.adapters import (
    CHOSEN,
    DESPITE,
    find_adapter,
    promote,
    register,
    roll_back,
)
from workers.runs.admission import sha256_on_shelf
from workers.runs.refusals import NotPromoted


def use_adapter(
    session: Session, by: str, settings: Settings, adapter: str | None, *, despite: bool = False
) -> None:
    """Let the profile that serves answer with an adapter, or with its base alone.

    Args:
        session: the system's own.
        by: channel and number of the admin, or `operator`.
        settings: name the weights folder.
        adapter: its name; None is the base alone.
        despite: whether it may answer though it did not pass the gate. One that lies in the weights
            folder and was never registered is registered for that, as one that was not measured.

    Raises:
        NotPromoted: it may not answer; says why. Nothing has changed.
    """
    serving = _locked(session)
    if adapter is not None and find_adapter(session, adapter) is None:
        _take_in(session, by, settings, serving.profile, adapter, despite=despite)
    store, why = WeightsStore(settings.weights_dir), DESPITE if despite else CHOSEN
    if promote(session, serving.profile, adapter, by, why, store=store, despite=despite):
        _note(session, by, "adapter_set", serving, now=adapter, despite=despite)


def roll_back_adapter(session: Session, by: str, settings: Settings) -> str | None:
    """Return to what answered before, and return its name; None for the base alone.

    Raises:
        NothingToReturnTo: nothing is left to take back.
        NotPromoted: its files are gone, or others.
    """
    serving = _locked(session)
    store = WeightsStore(settings.weights_dir)
    now = roll_back(session, serving.profile, by, store=store)
    _note(session, by, "adapter_rolled_back", serving, now=now)
    return now


def add_adapter(session: Session, by: str, settings: Settings, name: str) -> None:
    """Register an adapter of the weights folder as one that was not measured.

    Raises:
        AdapterKnown: another one has that name.
        NotPromoted: it is not there, or the profile that serves takes none.
    """
    profile = _locked(session).profile
    base, sha256 = _identify(settings, profile, name)
    register(
        session,
        name=name,
        profile=profile,
        base=base,
        sha256=sha256,
        data={},
        metrics={},
        verdict="not_measured",
        reasons=(),
        run_id=None,
        made_by=by,
    )
    audit.note(session, by, "adapter_added", f"profile:{profile}", name=name)


def check_takes_adapters(settings: Settings, profile: str) -> str:
    """Return what names the base of a profile's adapters.

    Raises:
        NotPromoted: the profile takes none, as far as this process can tell.
    """
    from workers.runs.bases import base_of  # noqa: PLC0415

    recipe = recipe_of(settings, profile)
    base = None if recipe is None else base_of(recipe, WeightsStore(settings.weights_dir))
    if base is None:
        raise NotPromoted("takes_none", None, profile)
    return base


def _take_in(
    session: Session, by: str, settings: Settings, profile: str, name: str, *, despite: bool
) -> None:
    """Register an adapter that nobody knows, or refuse it: it was not measured."""
    if despite:
        add_adapter(session, by, settings, name)
        return
    _identify(settings, profile, name)
    raise NotPromoted("not_measured", name, profile)


def _identify(settings: Settings, profile: str, name: str) -> tuple[str, str]:
    """Return the base of an adapter of the weights folder, and its SHA-256.

    Raises:
        NotPromoted: it is not there, or the profile takes none.
    """
    store, base = WeightsStore(settings.weights_dir), check_takes_adapters(settings, profile)
    sha256 = sha256_on_shelf(store, name) if name in store.adapter_names() else None
    if sha256 is None:
        raise NotPromoted("gone", name, profile)
    return base, sha256


def _locked(session: Session) -> Serving:
    """Return what serves, which nobody else changes until the end.

    Raises:
        NotPromoted: nothing does.
    """
    serving = read_serving(session, locked=True)
    if serving is None:
        raise NotPromoted("no_profile", None, "")
    return serving


def _note(
    session: Session, by: str, act: str, serving: Serving, now: str | None, *, despite: bool = False
) -> None:
    details = {"despite": True} if despite else {}
    subject = f"profile:{serving.profile}"
    audit.note(session, by, act, subject, was=serving.adapter, now=now, **details)
