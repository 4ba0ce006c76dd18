"""What `STORAGE PLAIN` saves: the retrieval query on plain keys and on toasted ones, in one run.

Usage: rapbot up, then: python benchmarks/nearest_keys.py DATABASE_URL [KEYS]
Makes two tables of its own and drops them again.
"""

import statistics
import sys
import time

import numpy as np
from pgvector import HalfVector
from sqlalchemy import Connection, create_engine, text

WIDTH = 1280
ROUNDS = 15


def _fill(connection: Connection, table: str, storage: str, keys: int) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    connection.execute(text(f"CREATE TABLE {table} (id bigint, embedding halfvec)"))
    connection.execute(text(f"ALTER TABLE {table} ALTER embedding SET STORAGE {storage}"))
    generator = np.random.default_rng(0)
    for start in range(0, keys, 500):
        vectors = generator.normal(size=(min(500, keys - start), WIDTH)).astype(np.float32)
        rows = [
            {"id": start + i, "embedding": HalfVector(v / np.linalg.norm(v)).to_text()}
            for i, v in enumerate(vectors)
        ]
        connection.execute(
            text(f"INSERT INTO {table} VALUES (:id, CAST(:embedding AS halfvec))"), rows
        )
    connection.commit()
    connection.execute(text(f"ANALYZE {table}"))


def _milliseconds(connection: Connection, table: str, query: str) -> float:
    begun = time.perf_counter()
    connection.execute(
        text(f"SELECT id FROM {table} ORDER BY embedding <=> CAST(:q AS halfvec) LIMIT 10"),
        {"q": query},
    ).all()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Print both medians and the median ratio of the pairs."""
    url, keys = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    engine = create_engine(url)
    tables = {"bench_plain": "PLAIN", "bench_external": "EXTERNAL"}
    with engine.connect() as connection:
        for table, storage in tables.items():
            _fill(connection, table, storage, keys)
        generator = np.random.default_rng(1)
        queries = [HalfVector(generator.normal(size=WIDTH)).to_text() for _ in range(ROUNDS)]
        for table in tables:
            _milliseconds(connection, table, queries[0])
        timed = [[_milliseconds(connection, table, q) for table in tables] for q in queries]
        for table in tables:
            connection.execute(text(f"DROP TABLE {table}"))
        connection.commit()
    plain, toasted = (statistics.median(column) for column in zip(*timed, strict=True))
    ratio = statistics.median(out / in_row for in_row, out in timed)
    sys.stdout.write(
        f"{keys} keys of width {WIDTH}: plain {plain:.1f} ms, toasted {toasted:.1f} ms,"
        f" toasted/plain {ratio:.2f}\n"
    )


if __name__ == "__main__":
    main()
