"""Which folder is Junk and which is Sent: flags first, then names of many languages, or the configured one."""

from __future__ import annotations

import pytest

from helpdesk.intake.folders import Listed, NoSuchFolderError, choose
from helpdesk.intake.imap_wire import encode_name
from helpdesk.intake.mailbox import FIRST_WAIT, LONGEST_WAIT, backoff, is_loopback


def listed(*names: str, **flags: str) -> list[Listed]:
    """Folders by name; `flags` by name too. A name's delimiter is the first of / and . it holds."""
    return [
        Listed(
            name=name, wire=encode_name(name), flags=frozenset(flags.get(name, "").split()),
            delimiter="." if "." in name and "/" not in name else "/",
        )
        for name in names
    ]  # fmt: skip


def name_of(folders: list[Listed], role: str, wanted: str = "auto") -> str | None:
    """The chosen folder's name."""
    found = choose(folders, role, wanted)
    return found.name if found else None


def test_the_flag_beats_the_name() -> None:
    """A folder named Spam is not the junk folder where another bears the flag."""
    folders = listed("INBOX", "Spam", "Werbemüll", Werbemüll="\\junk \\hasnochildren")

    assert name_of(folders, "junk") == "Werbemüll"


def test_the_own_flagged_folder_beats_a_shared_one() -> None:
    """Other people's junk folders may be listed with their flags."""
    folders = listed("user/anna/Junk", "Junk", **{"user/anna/Junk": "\\junk", "Junk": "\\junk"})

    assert name_of(folders, "junk") == "Junk"


@pytest.mark.parametrize(
    "name",
    ["Spam", "Junk E-mail", "JUNK", "INBOX.Spam", "INBOX/Junk", "[Gmail]/Spam", "Bulk Mail", "Unerwünscht", "垃圾邮件",
     "迷惑メール", "Courrier indésirable", "Correo no deseado", "Posta indesiderata", "Спам", "스팸메일함"],
)  # fmt: skip
def test_junk_by_name(name: str) -> None:
    """Without flags, the names of providers and mail programs count, at the top or under INBOX and [Gmail]."""
    assert name_of(listed("INBOX", "Archive", name), "junk") == name


@pytest.mark.parametrize(
    "name",
    ["Sent", "Sent Items", "INBOX.Sent", "[Gmail]/Sent Mail", "Gesendet", "Gesendete Elemente", "已发送", "送信済み",
     "Éléments envoyés", "Enviados", "Posta inviata", "Отправленные", "보낸메일함"],
)  # fmt: skip
def test_sent_by_name(name: str) -> None:
    """The same for sent mail; accents may come in either Unicode form."""
    assert name_of(listed("INBOX", "Archive", name), "sent") == name


def test_a_name_deep_in_the_tree_is_a_persons_own_folder() -> None:
    """Customers/Spam is not where the provider puts spam."""
    assert name_of(listed("INBOX", "Customers/Spam"), "junk") is None


def test_folders_that_hold_no_mail_are_none() -> None:
    """\\Noselect and \\NonExistent name places, not folders."""
    assert name_of(listed("INBOX", "Spam", Spam="\\noselect"), "junk") is None


def test_a_configured_name() -> None:
    """As people write it, as the wire writes it, in another case; "" is no folder."""
    folders = listed("INBOX", "Entwürfe", "Junk")

    assert name_of(folders, "junk", "Entwürfe") == "Entwürfe"
    assert name_of(folders, "junk", "Entw&APw-rfe") == "Entwürfe"
    assert name_of(folders, "junk", "junk") == "Junk"
    assert name_of(folders, "inbox", "inbox") == "INBOX"
    assert name_of(folders, "junk", "") is None


def test_a_configured_name_below_the_inbox() -> None:
    """Where a server keeps every folder inside INBOX, its own name is enough; a person's own subfolder is not meant."""
    folders = listed("INBOX", "INBOX/Junk", "Customers/Sent")

    assert name_of(folders, "junk", "Junk") == "INBOX/Junk"
    with pytest.raises(NoSuchFolderError):
        choose(folders, "sent", "Sent")


def test_a_configured_name_that_is_not_there() -> None:
    """The error names the nearest that is."""
    with pytest.raises(NoSuchFolderError) as told:
        choose(listed("INBOX", "Junk E-Mail", "Archive"), "junk", "Junk Mail")
    assert told.value.nearest == "Junk E-Mail"
    with pytest.raises(NoSuchFolderError) as told:
        choose(listed("INBOX"), "junk", "垃圾")
    assert told.value.nearest == ""


def test_backoff_grows_to_its_limit_and_spreads() -> None:
    """Half to the whole of a step that doubles; never beyond the longest."""
    assert backoff(0, 0.0) == FIRST_WAIT / 2
    assert backoff(3, 0.999) < 8 * FIRST_WAIT
    assert backoff(3, 0.999) > 7.9 * FIRST_WAIT
    assert [backoff(n, 0.5) for n in range(12)] == sorted(backoff(n, 0.5) for n in range(12))
    assert backoff(10_000, 0.999) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("LOCALHOST.", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
     ("[::1]", True), ("imap.shop.example", False), ("localhost.evil.example", False), ("10.0.0.1", False),
     ("127.0.0.1.example", False)],
)  # fmt: skip
def test_loopback(host: str, here: bool) -> None:
    """Only this machine; names are not looked up."""
    assert is_loopback(host) is here
