"""What may answer: an adapter that is known, passed the gate, and has the files that it had."""

from rap_engine.checkpoints.adapter_folder import is_adapter, sha256_of_adapter
from rap_engine.checkpoints.store import WeightsStore
from workers.runs.refusals import NotPromoted
from workers.runs.tables import Adapter


def sha256_on_shelf(store: WeightsStore, name: str) -> str | None:
    """Return the SHA-256 of an adapter's weights, hex, as they are now; None without its files."""
    folder = store.adapters / name
    return sha256_of_adapter(folder) if is_adapter(folder) else None


def check_may_answer(
    adapter: Adapter | None, name: str, profile: str, store: WeightsStore, *, despite: bool
) -> None:
    """Check that an adapter may answer under a profile.

    Args:
        adapter: its row, None if it is not registered.
        name: what was asked for.
        profile: what serves.
        store: where its files are.
        despite: whether its verdict is passed over.

    Raises:
        NotPromoted: it may not; says why.
    """
    if adapter is None:
        raise NotPromoted("unknown", name, profile)
    if adapter.profile != profile:
        raise NotPromoted("of_another_profile", name, profile)
    if not despite:
        _check_verdict(adapter)
    check_files(adapter, name, profile, store)


def check_files(adapter: Adapter | None, name: str, profile: str, store: WeightsStore) -> None:
    """Check that the files are there, and still those that were registered if any were.

    Raises:
        NotPromoted: they are not.
    """
    found = sha256_on_shelf(store, name)
    if found is None:
        raise NotPromoted("gone", name, profile)
    if adapter is not None and found != adapter.sha256:
        raise NotPromoted("changed", name, profile)


def _check_verdict(adapter: Adapter) -> None:
    if adapter.verdict == "failed":
        raise NotPromoted("failed", adapter.name, adapter.profile)
    if adapter.verdict != "passed":
        raise NotPromoted("not_measured", adapter.name, adapter.profile)
