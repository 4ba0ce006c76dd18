"""A host that lends one engine, whatever is in service."""

from rap_engine.engine import Engine
from workers.host import ModelHost, Service


def host_of(engine: Engine) -> ModelHost:
    return ModelHost(
        wanted=lambda: Service(engine.profile.name),
        load=lambda _profile: engine,
        release=lambda: None,
    )
