"""A publisher that remembers instead of sending."""


class Published:
    def __init__(self) -> None:
        self.ids: list[int] = []

    def publish(self, job_id: int, kind: str) -> None:
        self.ids.append(job_id)
