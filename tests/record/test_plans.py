"""Claiming a window must cost the same whatever has been frozen: it walks an index in order and sorts nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from digest.database import Database
from digest.record import reports
from digest.record.ledger import SqlLedger

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def plans_of(database: Database, act: Callable[[], object]) -> dict[str, str]:
    """How SQLite goes about each query on deliveries that `act` makes."""
    queries: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith("SELECT") and "FROM deliveries" in statement and not many:
            queries[statement] = values

    event.listen(database.engine, "before_cursor_execute", note)
    act()
    event.remove(database.engine, "before_cursor_execute", note)
    with database.engine.connect() as connection:
        return {
            statement: "\n".join(
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            )
            for statement, values in queries.items()
        }


def test_a_claim_walks_the_indexes_of_what_is_due(
    database: Database, on_its_way: list[int], new_ledger: Callable[..., SqlLedger]
) -> None:
    with new_ledger() as ledger:
        plans = plans_of(database, lambda: ledger.claim(10))
    assert len(plans) == 6
    for plan in plans.values():
        assert "SEARCH deliveries USING INDEX ix_deliveries_" in plan
        assert "TEMP B-TREE" not in plan


def test_what_remains_is_counted_in_the_indexes_alone(database: Database, on_its_way: list[int]) -> None:
    def count() -> None:
        with database.read() as session:
            assert reports.remaining(session) == (3, None)

    for plan in plans_of(database, count).values():
        assert "USING COVERING INDEX ix_deliveries_" in plan or "USING INDEX ix_deliveries_" in plan
