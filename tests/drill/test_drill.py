"""The drill itself, small: it kills real senders and finds nobody lost."""

import json
from typing import Any

import pytest

from digest.drill.plan import How, draw, fewest_recipients

Cli = Any  # tests/conftest.py


def test_a_small_drill_loses_nobody_and_accounts_for_every_double(cli: Cli, database_url: str) -> None:
    done = cli("drill", "--recipients", "200", "--kills", "1", "--seed", "7", "--json", "--database", database_url)
    sums = json.loads(done.stdout)
    assert (sums["recipients"], sums["lost"], sums["broken"], sums["kills"]) == (200, 0, 0, 1)
    assert sums["doubled"] <= sums["uncertain"] <= 20
    assert sums["faults"] == []
    assert "seed 7" in done.stderr


def test_a_database_in_use_is_refused(cli: Cli, tmp_path: Any) -> None:
    (tmp_path / "config.yaml").write_bytes(_shipped_config())
    cli("init")
    cli("subscribers", "add", "reader@example.com", "--confirmed")
    refused = cli("drill", "--database", f"sqlite:///{tmp_path}/digest.db", code=1)
    assert "in use" in refused.stderr


def _shipped_config() -> bytes:
    from digest import files

    return files.shipped("config.yaml").read_bytes()


def test_too_few_recipients_for_the_kills_is_wrong_usage(cli: Cli) -> None:
    assert str(fewest_recipients(50)) in cli("drill", "--kills", "50", "--recipients", "100", code=2).stderr


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_is_its_seed_and_falls_into_the_sending(seed: int) -> None:
    stops = draw(seed, 300, 3)
    assert stops == draw(seed, 300, 3)
    assert sorted(stop.how for stop in stops) == sorted([How.KILL] * 3 + [How.TERM, How.PAIR, How.FREEZE])
    moments = [moment for stop in stops for moment in (stop.at, stop.then_at) if moment]
    assert moments == sorted(set(moments))
    assert 0 < moments[0] < moments[-1] < 300 * 4
