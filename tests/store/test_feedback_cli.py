"""`helpdesk feedback …` from the shell: offline, exact JSON, one clear line for every fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpdesk.cli import main

HEAD = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
ROWS = (
    "11/20/26\t1\tKettle leaks after two days.\t\t111-0000001-0000001\ta@raters.test",
    "11/18/26\t2\tNever answered my e-mail, arrived late\t\t111-0000002-0000002\tb@raters.test",
    "11/16/26\t1\tArrived two weeks late.\t\t111-0000003-0000003\tc@raters.test",
    "11/15/26\t5\tLovely \x1b[31m\u202ekettle\t\t111-0000004-0000004\td@raters.test",
)
KEYS = [
    "id", "order_id", "rating", "comment", "date", "verdict", "criterion", "evidence", "missing", "deadline",
    "recommended", "draft",
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without helpdesk.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HELPDESK_CONFIG", raising=False)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str, str]:
    """One command: exit code, standard output, standard error."""
    with pytest.raises(SystemExit) as ended:
        main(["feedback", *line])
    shown = capsys.readouterr()
    return int(ended.value.code or 0), shown.out, shown.err


def report(folder: Path, *rows: str, head: str = HEAD) -> str:
    """A report file."""
    (folder / "report.txt").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return str(folder / "report.txt")


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """`feedback list --json`."""
    code, out, _ = run(capsys, "list", "--json")
    assert code == 0
    return list(json.loads(out))


def test_import_and_list(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a configuration, with exactly the documented keys; a repeat changes nothing."""
    file = report(here, *ROWS)
    assert run(capsys, "import", file, "--marketplace", "US")[0] == 0
    first = listed(capsys)
    assert run(capsys, "import", file, "--marketplace", "US")[:2] == (0, "report.txt: 4 feedback read: nothing new\n")

    assert listed(capsys) == first
    assert [list(row) for row in first] == [KEYS] * 4
    assert [(row["date"], row["deadline"]) for row in first[:1]] == [("2026-11-20", "2027-02-18")]
    assert [row["recommended"] for row in first] == ["removal", "contact", "contact", "none"]
    assert all(0 < len(row["draft"]) <= 500 for row in first)


def test_the_orders_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fulfilment facts turn a delivery comment's verdict."""
    (here / "orders.tsv").write_text("amazon-order-id\tfulfillment-channel\n111-0000003-0000003\tAmazon\n")
    file = report(here, *ROWS)
    run(capsys, "import", file, "--marketplace", "us")
    before = listed(capsys)[2]
    run(capsys, "import", file, "--marketplace", "US", "--orders", str(here / "orders.tsv"))
    after = listed(capsys)[2]

    assert (before["verdict"], before["missing"][0]) == ("unclear", "fulfilment_channel")
    assert (after["verdict"], after["criterion"], after["missing"]) == ("likely", "fba_delivery", [])


@pytest.mark.parametrize(
    ("rows", "place", "more", "says"),
    [
        (("3/4/26\t1\tBad\t\t111-0000001-0000001\tx",), "CA", (), "line 2"),
        (("3/4/26\t1\tBad\t\t111-0000001-0000001\tx",), "AU", (), "--date-format"),
        (ROWS[:1], "USA", (), "did you mean"),
        (ROWS[:1], "US", ("--date-format", "ydm"), "mdy, dmy or ymd"),
        (ROWS[:1], "US", ("--orders", "missing.tsv"), "missing.tsv"),
        (("11/9/26\t1\tBad\t\tnone\tx",), "US", (), "order ID"),
        ((*ROWS[:2], "99/99/26\t1\tBad\t\t111-0000009-0000009\tx"), "US", (), "line 4"),
    ],
)
def test_a_fault_is_one_line_and_nothing_is_imported(
    here: Path, capsys: pytest.CaptureFixture[str], rows: tuple[str, ...], place: str, more: tuple[str, ...], says: str
) -> None:
    """Exit 2, at most three lines that name the place, and no row taken in."""
    code, out, err = run(capsys, "import", report(here, *rows), "--marketplace", place, *more)

    assert (code, out) == (2, "")
    assert says in err
    assert len(err.strip().splitlines()) <= 3
    assert listed(capsys) == []


def test_an_orders_file_without_orders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The missing column is named."""
    (here / "orders.tsv").write_text("sku\tasin\nA\tB\n")
    code, _, err = run(
        capsys, "import", report(here, *ROWS), "--marketplace", "US", "--orders", str(here / "orders.tsv")
    )

    assert (code, "amazon-order-id" in err) == (2, True)
    assert listed(capsys) == []


def test_a_date_format_settles_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was refused is read once the order is told."""
    file = report(here, "3/4/26\t1\tBad\t\t111-0000001-0000001\tx")
    run(capsys, "import", file, "--marketplace", "CA", "--date-format", "dmy")

    assert listed(capsys)[0]["date"] == "2026-04-03"


def test_drafts_and_marks(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The draft is shown with its alternatives; what became of it is noted; a wrong word is one line."""
    run(capsys, "import", report(here, *ROWS), "--marketplace", "US")

    code, out, _ = run(capsys, "draft", "1")
    assert (code, listed(capsys)[0]["draft"] in out, "Instead, public_reply" in out) == (0, True, True)
    assert run(capsys, "mark", "1", "submitted")[:2] == (0, "feedback 1: submitted\n")
    assert run(capsys, "mark", "1", "removed")[0] == 0
    assert run(capsys, "mark", "1", "submitted")[0] == 1
    assert run(capsys, "mark", "1", "sumbitted")[0] == 2
    assert run(capsys, "mark", "9", "submitted")[0] == 2
    assert run(capsys, "draft", "9")[0] == 2


def test_hostile_words_do_not_reach_the_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No escape and no bidi mark of a comment is passed on, in the list, the draft or the JSON."""
    run(capsys, "import", report(here, *ROWS), "--marketplace", "US")
    shown = [run(capsys, *line)[1] for line in (("list",), ("list", "--json"), ("draft", "4"))]

    assert not [text for text in shown if "\x1b" in text or "\u202e" in text]
    assert listed(capsys)[3]["comment"] == "Lovely \x1b[31m\u202ekettle"


def test_figures(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Windows, topics and the funnel as JSON."""
    run(capsys, "import", report(here, *ROWS), "--marketplace", "US")
    code, out, _ = run(capsys, "figures", "--now", "2026-11-24", "--json")
    found = json.loads(out)

    assert code == 0
    assert (found["windows"]["30"]["count"], found["windows"]["30"]["positive"]) == (4, 25)
    assert found["funnel"] == {"new": 1}


def test_figures_without_good_feedback_have_no_shares(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Amazon's usual report holds 1 to 3 stars alone: "0 % positive" would be untrue."""
    run(capsys, "import", report(here, *ROWS[:3]), "--marketplace", "US")
    found = json.loads(run(capsys, "figures", "--now", "2026-11-24", "--json")[1])
    said = run(capsys, "figures", "--now", "2026-11-24")[1]

    assert found["windows"]["30"] == {
        "count": 3, "positive": None, "neutral": None, "negative": None, "stars": None,
    }  # fmt: skip
    assert "Shares are not known" in said
    assert "%" not in said
    assert "late shipment 2" in said
    assert "Removal requests: 1 new" in said


def test_order_defects_come_from_the_orders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the order's own day over 60 days; a file without days is refused with the column that is missing."""
    rows = [f"111-{n:07d}-{n:07d}\t2026-11-{n:02d}T08:00:00+00:00" for n in range(1, 21)]
    (here / "orders.tsv").write_text("amazon-order-id\tpurchase-date\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (here / "bare.tsv").write_text("amazon-order-id\n111-0000001-0000001\n", encoding="utf-8")
    run(capsys, "import", report(here, *ROWS), "--marketplace", "US")
    line = ("figures", "--now", "2026-11-24", "--orders")
    found = json.loads(run(capsys, *line, str(here / "orders.tsv"), "--json")[1])["defects"]
    said = run(capsys, *line, str(here / "orders.tsv"))[1]
    code, _, refused = run(capsys, *line, str(here / "bare.tsv"))

    assert (found["orders"], found["defects"], found["negative_feedback"], found["odr"]) == (20, 3, 3, 0.15)
    assert "3 of 20 orders = 15.00 %" in said or "3 of 20 orders = 15.00%" in said
    assert (code, "purchase-date" in refused) == (2, True)


def test_an_empty_report_says_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told, and nothing changes."""
    (here / "empty.txt").write_bytes(b"")
    code, out, _ = run(capsys, "import", str(here / "empty.txt"), "--marketplace", "US")

    assert (code, "says nothing" in out) == (0, True)


def test_a_buyer_who_wrote_nothing_else_is_forgotten_by_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`forget ORDER` takes the words out; nothing is left to do about them, and the same report brings none back."""
    (here / "helpdesk.toml").write_text('timezone = "UTC"\n', encoding="utf-8")
    file = report(here, *ROWS)
    run(capsys, "import", file, "--marketplace", "US")
    with pytest.raises(SystemExit) as ended:
        main(["forget", "111-0000001-0000001", "--json"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert json.loads(told) == {"tickets": 0, "mails": 0, "feedback": 1}
    run(capsys, "import", file, "--marketplace", "US")
    code, out, _ = run(capsys, "list")

    assert code == 0
    assert out.split()[2:4] == ["erased", "1*"]
    assert "dismissed" in out.splitlines()[0]
    assert "Kettle leaks" not in out
    assert "forgotten-" not in out
    assert run(capsys, "draft", "1")[::2] == (2, "helpdesk: feedback 1 is erased: there is nothing left to write\n")
    assert run(capsys, "mark", "1", "submitted")[0] == 1


def test_retention_reaches_feedback(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`purge` blanks what was given before the days that are kept; stars and days stay for the figures."""
    (here / "helpdesk.toml").write_text('[retention]\nmail = "365d"\n', encoding="utf-8")
    run(capsys, "import", report(here, ROWS[0], ROWS[1].replace("11/18/26", "11/18/19")), "--marketplace", "US")
    with pytest.raises(SystemExit):
        main(["purge", "--json"])
    assert json.loads(capsys.readouterr().out)["feedback"] == 1
    found = listed(capsys)

    assert [(row["comment"], row["rating"], row["date"]) for row in found] == [
        ("Kettle leaks after two days.", 1, "2026-11-20"),
        ("", 2, "2019-11-18"),
    ]
