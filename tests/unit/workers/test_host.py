"""The models of a worker: loaded when needed, exchanged, let go of."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from rap_engine.engine import Engine
from rap_engine.errors import BadAdapter, OutOfMemory, WeightsMissing
from workers.host import ModelHost, Service

FIRST, SECOND = Path("/adapters/first"), Path("/adapters/second")
BROKEN, LARGE = Path("/adapters/broken"), Path("/adapters/large")


class Generator:
    """Takes adapters as a language model does."""

    name = "model"

    def __init__(self) -> None:
        self.adapter: str | None = None
        self.changes: list[Path | None] = []

    def use_adapter(self, folder: Path | None) -> None:
        self.changes.append(folder)
        if folder == BROKEN:
            raise BadAdapter("not of this base")
        if folder == LARGE:
            raise OutOfMemory("no room")
        self.adapter = folder.name if folder else None


@dataclass
class FakeProfile:
    name: str
    generator: Generator = field(default_factory=Generator)


@dataclass
class FakeEngine:
    profile: FakeProfile
    is_frugal: bool = False
    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True

    def frugal(self) -> "FakeEngine":
        return FakeEngine(self.profile, is_frugal=True)


@dataclass
class FakeAlarm:
    seconds: float
    ring: Callable[[], None]
    started: bool = False
    cancelled: bool = False

    def start(self) -> None:
        self.started = True

    def cancel(self) -> None:
        self.cancelled = True


class Setting:
    """A host whose surroundings are in the test's hands."""

    def __init__(self, idle_s: float = 0.0) -> None:
        self.service = Service("small")
        self.loaded: list[str] = []
        self.released = 0
        self.alarms: list[FakeAlarm] = []
        self.host = ModelHost(
            wanted=lambda: self.service,
            load=self._load,
            release=self._release,
            idle_s=idle_s,
            alarm=self._alarm,
        )

    def _load(self, profile: str) -> Engine:
        if profile == "missing":
            raise WeightsMissing("fetch them")
        self.loaded.append(profile)
        return cast(Engine, FakeEngine(FakeProfile(profile)))

    def _release(self) -> None:
        self.released += 1

    def _alarm(self, seconds: float, ring: Callable[[], None]) -> FakeAlarm:
        self.alarms.append(FakeAlarm(seconds, ring))
        return self.alarms[-1]

    def served_by(self) -> FakeEngine:
        return cast(FakeEngine, self.host.serve(lambda engine: engine))


def test_models_are_loaded_at_the_first_job_and_kept() -> None:
    setting = Setting()
    assert setting.loaded == []
    assert setting.served_by() is setting.served_by()
    assert setting.loaded == ["small"]


def test_another_profile_in_service_is_loaded_between_two_jobs() -> None:
    setting = Setting()
    setting.served_by()
    setting.service = Service("large")
    assert setting.served_by().profile.name == "large"
    assert setting.loaded == ["small", "large"]


def test_the_old_models_are_let_go_of_before_new_ones_are_loaded() -> None:
    setting = Setting()
    setting.served_by()
    setting.service = Service("missing")
    with pytest.raises(WeightsMissing):
        setting.served_by()
    assert setting.released == 2  # once when the host was empty, once when `small` went
    setting.service = Service("small")
    setting.served_by()
    assert setting.loaded == ["small", "small"]


def test_an_adapter_is_changed_without_loading_the_base_again() -> None:
    setting = Setting()
    adapters = []
    for wanted in (None, FIRST, SECOND, SECOND, None):
        setting.service = Service("small", wanted)
        adapters.append(setting.served_by().profile.generator.adapter)
    assert adapters == [None, "first", "second", "second", None]
    assert setting.loaded == ["small"]
    assert setting.served_by().profile.generator.changes == [FIRST, SECOND, None]


def test_a_refused_adapter_leaves_the_last_one_on_and_is_tried_once() -> None:
    setting = Setting()
    setting.service = Service("small", FIRST)
    setting.served_by()
    setting.service = Service("small", BROKEN)
    for _ in range(3):
        assert setting.served_by().profile.generator.adapter == "first"
    assert setting.served_by().profile.generator.changes == [FIRST, BROKEN]
    setting.service = Service("small", SECOND)
    assert setting.served_by().profile.generator.adapter == "second"


def test_an_adapter_that_was_written_anew_is_put_on_again(tmp_path: Path) -> None:
    setting = Setting()
    setting.service = Service("small", tmp_path)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"first")
    setting.served_by()
    os.utime(tmp_path / "adapter_model.safetensors", ns=(1, 1))
    setting.served_by()
    assert setting.served_by().profile.generator.changes == [tmp_path, tmp_path]


def test_an_adapter_for_which_there_is_no_room_keeps_nobody_from_an_answer() -> None:
    setting = Setting()
    setting.service = Service("small", LARGE)
    assert setting.served_by().profile.generator.adapter is None
    assert setting.served_by().profile.generator.changes == [LARGE]


def _out_of_memory_unless_frugal(engine: Any) -> str:
    if not engine.is_frugal:
        raise OutOfMemory("no room")
    return f"answered by {engine.profile.name}"


def test_out_of_memory_is_tried_once_more_and_smaller() -> None:
    setting = Setting()
    before = setting.released
    assert setting.host.serve(_out_of_memory_unless_frugal) == "answered by small"
    assert setting.released > before
    assert setting.loaded == ["small"]


def test_a_job_that_never_fits_fails_alone() -> None:
    setting = Setting()
    tries = []

    def never_fits(engine: Engine) -> None:
        tries.append(engine)
        raise OutOfMemory("no room")

    with pytest.raises(OutOfMemory):
        setting.host.serve(never_fits)
    assert len(tries) == 2
    assert setting.served_by().profile.name == "small"
    assert setting.loaded == ["small"]


def test_idle_models_are_let_go_of_and_loaded_again() -> None:
    setting = Setting(idle_s=60.0)
    first = setting.served_by()
    (alarm,) = setting.alarms
    assert (alarm.seconds, alarm.started) == (60.0, True)
    alarm.ring()
    assert first.is_closed
    setting.served_by()
    assert setting.loaded == ["small", "small"]


def test_a_job_puts_the_unloading_off() -> None:
    setting = Setting(idle_s=60.0)
    setting.served_by()
    setting.served_by()
    assert [alarm.cancelled for alarm in setting.alarms] == [True, False]


def test_without_an_idle_time_models_are_kept() -> None:
    setting = Setting()
    setting.served_by()
    assert setting.alarms == []


def test_models_that_a_job_is_using_are_not_let_go_of() -> None:
    setting = Setting()

    def unload_from_another_thread(engine: Engine) -> Engine:
        thread = threading.Thread(target=setting.host.unload)
        thread.start()
        thread.join()
        return engine

    used = setting.host.serve(unload_from_another_thread)
    assert cast(FakeEngine, used) is setting.served_by()
