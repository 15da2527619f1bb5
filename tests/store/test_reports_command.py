"""`watchlist`, `forget`, `purge`, `export` and `dashboard` from a shell."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.cli import main
from helpdesk.store.engine import Store
from tests.support.databases import with_tables
from tests.support.managers import fill, invented

CONFIG = """
timezone = "Europe/Berlin"
[database]
url = "sqlite:///helpdesk.db"
[[mailbox]]
name = "shop"
address = "support@shop.example"
[mailbox.imap]
host = "127.0.0.1"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration over a filled database."""

    async def work() -> None:
        store = Store.connect(with_tables(tmp_path))
        now = datetime.now(UTC).replace(microsecond=0)
        await fill(store, invented(200, now), now)
        await store.close()

    asyncio.run(work())
    path = tmp_path / "helpdesk.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def run(config: Path, *arguments: str, code: int = 0) -> None:
    """Run a command to its end."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--config", str(config)])
    assert ended.value.code == code


def test_the_watch_list_names_items_with_words_and_advice(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each entry: rule, SKU and ASIN, how often, the buyers' words, what the seed advises."""
    run(config, "watchlist", "--json")
    entries = json.loads(capsys.readouterr().out)
    rated = next(one for one in entries if one["rule"] == "negative_feedback")
    assert (rated["sku"], rated["asin"], rated["count"]) == ("KET-BLUE", "B0TEST0001", 4)
    assert rated["advice"] == ["Remove products that consistently cause negative feedback."]
    assert rated["messages"][0]["text"] == "Came broken."
    wrote = next(one for one in entries if one["rule"] == "late_shipment")
    assert wrote["messages"][0]["text"].startswith("Hello, the kettle")
    assert wrote["tickets"]
    run(config, "watchlist", "--csv")
    assert len(list(csv.reader(capsys.readouterr().out.splitlines()))) == len(entries) + 1
    run(config, "watchlist")
    assert "→ Remove offerings that are consistently shipped late." in capsys.readouterr().out


def test_forget_and_purge(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They say how much they erased; a second time there is nothing left."""
    run(config, "forget", "buyer5@buyers.example", "--json")
    assert json.loads(capsys.readouterr().out) == {"tickets": 1, "mails": 1, "feedback": 0}
    run(config, "forget", "buyer5@buyers.example", "--json")
    assert json.loads(capsys.readouterr().out) == {"tickets": 0, "mails": 0, "feedback": 0}
    run(config, "purge")
    assert capsys.readouterr().out == "erased: 0 tickets, 0 mails, 0 feedback\n"


def test_export_writes_every_row(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON Lines for each table, CSV beside the three that people open; never over something else."""
    run(config, "export", str(tmp_path / "out"))
    lines = (tmp_path / "out" / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 200
    assert json.loads(lines[0])["buyer"] == "buyer1@buyers.example"
    with (tmp_path / "out" / "tickets.csv").open(encoding="utf-8-sig", newline="") as table:
        assert len(list(csv.reader(table))) == 201
    capsys.readouterr()
    run(config, "export", str(tmp_path / "out"), code=2)
    assert "not empty" in capsys.readouterr().err


def test_dashboard_prints_a_link(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For shops without Slack."""
    run(config, "dashboard")
    assert capsys.readouterr().out.startswith("http://127.0.0.1:8080/sign-in?link=")


def test_a_report_and_an_orders_file_feed_the_watch_list(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad feedback on one SKU, joined by the orders file, is an entry with the buyers' words; gone feedback is none."""
    today = datetime.now(UTC)
    said = [f"The towel frays, thread number {n}." for n in range(1, 6)]
    days = [(today - timedelta(days=n)).strftime("%m/%d/%y") for n in range(1, 6)]
    numbers = [f"111-0000077-000000{n}" for n in range(5)]
    rows = [f"{day}\t1\t{words}\t\t{number}\tx" for day, words, number in zip(days, said, numbers, strict=True)]
    head = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
    report, orders = tmp_path / "report.txt", tmp_path / "orders.tsv"
    report.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    told = [f"{number}\tTOW-9\tB0TEST0009" for number in numbers]
    orders.write_text("\n".join(["amazon-order-id\tsku\tasin", *told, ""]), encoding="utf-8")
    run(config, "feedback", "import", str(report), "--marketplace", "US", "--orders", str(orders))
    capsys.readouterr()
    run(config, "watchlist", "--json")
    found = json.loads(capsys.readouterr().out)
    [entry] = [one for one in found if one["rule"] == "negative_feedback" and one["sku"] == "TOW-9"]

    assert (entry["asin"], entry["count"]) == ("B0TEST0009", 5)
    assert said[0] in [message["text"] for message in entry["messages"]]
    assert entry["causes"] == {"unsatisfactory_quality": 5}


def test_forget_and_export_know_feedback(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A forgotten buyer's feedback goes with the ticket about its order; the export holds what is left of it."""
    order, secret = "111-0000005-0000001", "My neighbour Ottokar saw the kettle leak."
    day = datetime.now(UTC).strftime("%m/%d/%y")
    head = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
    (tmp_path / "report.txt").write_text(f"{head}\n{day}\t1\t{secret}\t\t{order}\tx\n", encoding="utf-8")
    run(config, "feedback", "import", str(tmp_path / "report.txt"), "--marketplace", "US")
    run(config, "export", str(tmp_path / "before"))
    run(config, "forget", "buyer5@buyers.example", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["feedback"] == 1
    run(config, "export", str(tmp_path / "after"))
    before, after = (
        "".join(path.read_text(encoding="utf-8") for path in (tmp_path / name).glob("feedback*"))
        for name in ("before", "after")
    )

    assert secret in before
    assert order in before
    assert secret not in after
    assert order not in after
