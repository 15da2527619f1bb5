"""helpdesk.toml: what is read, and the one line each fault gets."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from helpdesk.errors import SettingsError
from helpdesk.intake.mailbox import is_loopback
from helpdesk.settings import Settings, config_path, load
from helpdesk.settings.mailbox import MailboxSettings
from helpdesk.settings.schema import Calendar, Sla, SlackSettings
from helpdesk.settings.values import SECRETS
from tests.support.paths import ROOT

FILE = """
timezone = "Europe/Berlin"
[database]
url = "sqlite:///helpdesk.db"
[[mailbox]]
name = "us-store"
address = "support@shop.example"
marketplace = "amazon"
authserv_id = ["mx.shop.example", ""]
[mailbox.imap]
host = "imap.shop.example"
password = "hunter2"
idle_refresh = "4s"
[mailbox.smtp]
host = "smtp.shop.example"
[sla.amazon]
limit = "24h"
steps = ["12h", "20h", "90m"]
target = 0.9
[slack]
bot_token = "xoxb-1"
app_token = "xapp-1"
[reports]
weekly = "mon 09:00"
"""


def read(folder: Path, text: str = FILE, **environ: str) -> Settings:
    """Load a configuration written into a folder."""
    path = folder / "helpdesk.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def test_a_whole_file(tmp_path: Path) -> None:
    """Values arrive with their types, and what is left out has the design's default."""
    settings = read(tmp_path)
    box = settings.mailbox[0]

    assert box.authserv_ids == ("mx.shop.example", "")
    assert (box.imap.port, box.imap.security, box.imap.poll) == (993, "tls", timedelta(seconds=60))
    assert box.imap.idle_refresh == timedelta(seconds=4)
    assert box.smtp is not None
    assert box.smtp.port == 465
    assert box.first_contact == timedelta(days=3)
    assert settings.sla["amazon"].keys()["steps"] == [timedelta(hours=12), timedelta(hours=20), timedelta(minutes=90)]
    assert settings.acknowledge.mode("walmart") == "send"
    assert settings.acknowledge.mode("etsy") == "send"
    assert settings.acknowledge.mode("phone") == "off"


FAULTS = [
    ("idle_refresh =", "idle_refrsh =", "mailbox.us-store.imap.idle_refrsh: did you mean idle_refresh"),
    ('host = "imap', 'hots = "imap', "mailbox.us-store.imap.hots: did you mean host"),
    ('marketplace = "amazon"', 'marketplace = "amazn"', "did you mean amazon"),
    ("[sla.amazon]", "[sla.amazom]", "did you mean amazon"),
    ("[sla.amazon]", "[slaa.amazon]", "unknown key slaa: did you mean sla"),
    ("limit =", "limitt =", "sla.amazon.limitt: did you mean limit"),
    ('"4s"', '"4 parsecs"', "mailbox.us-store.imap.idle_refresh"),
    ('"4s"', '"0s"', "mailbox.us-store.imap.idle_refresh"),
    ('"90m"', '"x"', "sla.amazon.steps"),
    ("Europe/Berlin", "Berlin", "timezone: 'Berlin' is no time zone"),
    ('"mon 09:00"', '"foo"', "reports.weekly"),
    ('"mon 09:00"', '"mon 25:00"', "reports.weekly"),
    ('password = "hunter2"', 'security = "none"', 'security = "none"'),
    ('password = "hunter2"', 'password_file = "nope"', "mailbox.us-store.imap.password_file"),
    ("[database]", "[database", "no valid TOML"),
    ("target = 0.9", "target = 9", "sla.amazon.target = 9"),
    ('bot_token = "xoxb-1"', "", "bot_token"),
    ('app_token = "xapp-1"', "", "app_token"),
    ("support@shop.example", "support", "mailbox.us-store.address"),
    ("support@shop.example", "Support <support@shop.example>", "mailbox.us-store.address"),
    ('name = "us-store"', "", "mailbox.0.name is missing"),
    ('name = "us-store"', 'name = "us store"', "'us store': write letters, digits"),
    ('host = "imap.shop.example"', "", "mailbox.us-store.imap.host is missing"),
    ('host = "smtp.shop.example"', 'host = "smtp.shop.example"\nport = 99999', "mailbox.us-store.smtp.port"),
    ('password = "hunter2"', 'oauth2 = "gmail"', "oauth2_app"),
    ('password = "hunter2"', "port = true", "mailbox.us-store.imap.port: true is no number"),
    ('password = "hunter2"', 'inbox = ""', "mailbox.us-store.imap.inbox"),
    ("target = 0.9", "target = true", "sla.amazon.target: true is no number"),
    ('app_token = "xapp-1"', 'app_token = "x"\nchannel = ""', "slack.channel"),
    ('app_token = "xapp-1"', 'app_token = "x"\napi_url = "slack.com"', "slack.api_url: 'slack.com' is no web address"),
    ('weekly = "mon 09:00"', '[web]\nurl = "desk.shop.example"', "web.url: 'desk.shop.example' is no web address"),
    ('weekly = "mon 09:00"', "weekly = [", "at line 24, the end of the file"),
    ('weekly = "mon 09:00"', f"x = {'9' * 5000}", "no valid TOML"),
    ('weekly = "mon 09:00"', f"x = {'[' * 5000}", "no valid TOML"),
    ('weekly = "mon 09:00"', 'email = ["boss"]', "reports.email.0: 'boss' is not an e-mail address"),
    ('weekly = "mon 09:00"', '[web]\nlisten = "127.0.0.1:²"', "web.listen: '127.0.0.1:²' is not HOST:PORT"),
    ('weekly = "mon 09:00"', '[feedback]\nmarketplace = "UX"', "feedback.marketplace: the marketplace 'UX' is unknown"),
    ('weekly = "mon 09:00"', '[feedback]\nfetch = ["germany"]', "feedback.fetch: the marketplace 'germany' is unknown"),
    ('app_token = "xapp-1"', 'app_token = "x"\nmanagers = ["maya"]', "slack.managers.0: 'maya' is no Slack user id"),
    ('marketplace = "amazon"', 'sender_name = "a\\r\\nBcc: b@c"', "mailbox.us-store.sender_name: has a line break"),
    ('"imap.shop.example"', '"imap shop"', "mailbox.us-store.imap.host: 'imap shop' is no server's name"),
    ('"4s"', '"2d"', "mailbox.us-store.imap.idle_refresh: longer than a day"),
    ('"4s"', '"4s"\npoll = "1w"', "mailbox.us-store.imap.poll: longer than a day"),
    ('"4s"', '"4s"\ntimeout = "1h"', "mailbox.us-store.imap.timeout: longer than ten minutes"),
    ("target = 0.9", "windows_days = [99999]", "sla.amazon.windows_days.0"),
]


@pytest.mark.parametrize(("old", "new", "told"), FAULTS, ids=[f"{n}-{f[1][:18]}" for n, f in enumerate(FAULTS)])
def test_each_fault_is_one_line_naming_the_key(tmp_path: Path, old: str, new: str, told: str) -> None:
    """What is wrong, where, and the remedy."""
    assert old in FILE
    with pytest.raises(SettingsError) as error:
        read(tmp_path, FILE.replace(old, new))

    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    """A newcomer is told about `helpdesk init`."""
    with pytest.raises(SettingsError, match="helpdesk init"):
        load(tmp_path / "helpdesk.toml", {})


def test_two_mailboxes_of_one_name_are_refused(tmp_path: Path) -> None:
    """A mailbox's name is its key in the database."""
    box = FILE[FILE.index("[[mailbox]]") : FILE.index("[sla.amazon]")]
    with pytest.raises(SettingsError, match="two mailboxes are named 'us-store'"):
        read(tmp_path, FILE.replace("[sla.amazon]", box + "[sla.amazon]"))


def test_environment_twins_win(tmp_path: Path) -> None:
    """Every key has a twin; a mailbox goes by number or name; lists and numbers are read as TOML."""
    settings = read(
        tmp_path,
        HELPDESK_DATABASE__URL="postgresql://u@h/d",
        HELPDESK_MAILBOX__0__IMAP__PORT="1143",
        HELPDESK_MAILBOX__US_STORE__IMAP__USERNAME="anna",
        HELPDESK_SLACK__MANAGERS='["U1", "U2"]',
        HELPDESK_TIMEZONE="UTC",
        HELPDESK_SELLER__PHONE="+49 30 1",
        HELPDESK_CONFIG="elsewhere",
        HELPDESK_UNRELATED="x",
    )

    assert settings.database.url == "postgresql://u@h/d"
    assert (settings.mailbox[0].imap.port, settings.mailbox[0].imap.username) == (1143, "anna")
    assert settings.slack is not None
    assert settings.slack.managers == ["U1", "U2"]
    assert (settings.timezone, settings.seller.phone) == ("UTC", "+49 30 1")


@pytest.mark.parametrize("text", ["0123", "123", "1.50", "true", "[x", "{}"])
def test_a_twin_of_a_text_stays_a_text(tmp_path: Path, text: str) -> None:
    """A password of digits is no number, and a telephone number keeps its zeros."""
    settings = read(tmp_path, HELPDESK_MAILBOX__US_STORE__IMAP__PASSWORD=text, HELPDESK_SELLER__PHONE=text)

    assert (settings.mailbox[0].imap.password, settings.seller.phone) == (text, text)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("HELPDESK_TIMEZON", "HELPDESK_TIMEZONE"),
        ("HELPDESK_DATABASE__URI", "did you mean url"),
        ("HELPDESK_MAILBOX__9__ADDRESS", "no mailbox '9'"),
        ("HELPDESK_TIMEZONE__X", "is a value, not a table"),
        ("HELPDESK_MAILBOX__0", "name a key"),
    ],
)
def test_a_misspelt_twin_is_named(tmp_path: Path, name: str, told: str) -> None:
    """A twin that means nothing is an error, not silence."""
    with pytest.raises(SettingsError, match=told):
        read(tmp_path, **{name: "x"})


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    """Every secret has a _file form; the line end is not part of it, and a relative path starts at the file."""
    (tmp_path / "imap").write_text("geheim \n", encoding="utf-8")
    settings = read(
        tmp_path,
        FILE.replace('password = "hunter2"', 'password_file = "imap"'),
        HELPDESK_SLACK__BOT_TOKEN_FILE=str(tmp_path / "imap"),
    )

    assert settings.mailbox[0].imap.password == "geheim"
    assert settings.slack is not None
    assert settings.slack.bot_token == "geheim"


def test_where_the_configuration_lies() -> None:
    """./helpdesk.toml, unless $HELPDESK_CONFIG names another."""
    assert config_path({}) == Path("helpdesk.toml")
    assert config_path({"HELPDESK_CONFIG": "/etc/x.toml"}) == Path("/etc/x.toml")


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("10.0.0.1", False),
     ("localhost.evil.example", False), ("mail.shop.example", False), ("127.0.0.1.example", False)],
)  # fmt: skip
def test_what_is_loopback(host: str, expected: bool) -> None:
    """Plaintext is for this machine alone, judged by name and address, not by a look-up."""
    assert is_loopback(host) is expected


@given(st.text(max_size=200))
def test_any_file_is_read_or_refused_in_one_line(text: str) -> None:
    """No text raises anything but SettingsError."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    try:
        Settings.model_validate(tomllib.loads(text))
    except ValueError:
        return


def keys_of(table: type[BaseModel], path: str) -> list[str]:
    """Every key of a table class with its dotted place."""
    return [f"{path}.{name}".strip(".") for name in table.model_fields]


def written(data: dict[str, Any], path: str = "") -> set[str]:
    """Every key that a file names."""
    found: set[str] = set()
    for key, value in data.items():
        here = f"{path}.{key}".strip(".")
        found.add(here.removesuffix("_file") if here.rpartition(".")[2].removesuffix("_file") in SECRETS else here)
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        if isinstance(inner, dict):
            found |= written(inner, here)
    return found


def example_text() -> str:
    """The example with its commented-out keys made live, as a reader would."""
    lines = (ROOT / "helpdesk.example.toml").read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("#: ") for line in lines)


def test_the_example_names_every_key() -> None:
    """helpdesk.example.toml is the manual: each key of each table stands in it, live or behind `#: `."""
    found = written(tomllib.loads(example_text()))
    expected: list[str] = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            expected += keys_of(kind, name)
    expected += keys_of(MailboxSettings, "mailbox") + keys_of(SlackSettings, "slack")
    expected += keys_of(MailboxSettings.model_fields["imap"].annotation, "mailbox.imap")  # type: ignore[arg-type]  # a class
    expected += keys_of(Sla, "sla.amazon") + keys_of(Calendar, "calendar.business")

    assert [key for key in expected if key not in found] == []


def _numbers(table: dict[str, Any], path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _numbers(value, (*path, key))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found += _numbers(value[0], (*path, key, 0))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append((*path, key))
    return found


EXAMPLE = tomllib.loads((ROOT / "helpdesk.example.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", _numbers(EXAMPLE), ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("value", ["1000000000000000000000000000000", "-1", "1e400", "inf", "nan", "-inf", "true"])
def test_no_number_may_be_absurd(tmp_path: Path, path: tuple[Any, ...], value: str) -> None:
    """Whatever is counted has an end: what would not fit into a date or a database is refused at the start."""
    twin = "HELPDESK_" + "__".join(str(step).upper() for step in path)
    with pytest.raises(
        SettingsError, match=r"\.".join(str(step) for step in path if step != 0).replace("mailbox", ".*")
    ):
        read(tmp_path, **{twin: value})


def test_the_example_is_valid(tmp_path: Path) -> None:
    """As shipped it loads, but for the secrets' files that only exist where it is installed."""
    text = (ROOT / "helpdesk.example.toml").read_text(encoding="utf-8")
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    lines = [
        f'{line.partition("=")[0]}= "{tmp_path}/secret"' if "_file =" in line.partition("#")[0] else line
        for line in text.splitlines()
    ]

    assert read(tmp_path, "\n".join(lines)).mailbox


def test_the_clock_of_a_marketplace(tmp_path: Path) -> None:
    """[sla.NAME] changes a profile key by key; what is left out is the profile's; a calendar must exist."""
    settings = read(tmp_path, FILE.replace('limit = "24h"', 'limit = "12h"'))

    assert settings.rules("amazon").profile.limit == timedelta(hours=12)
    assert settings.rules("amazon").profile.claim_risk == timedelta(hours=48)
    assert settings.rules("direct").profile.limit == timedelta(hours=24)
    with pytest.raises(SettingsError, match=r'sla.amazon.calendar: calendar "offices" is not known'):
        read(tmp_path, FILE.replace('limit = "24h"', 'calendar = "offices"'))
