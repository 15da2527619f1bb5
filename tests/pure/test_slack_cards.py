"""Cards, posts and forms: as written down, within Slack's rules, harmless whatever a buyer writes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.domain import Ack, Event, Status
from helpdesk.replies.drafting import digest
from helpdesk.replies.outcomes import Preview, TemplateChoice
from helpdesk.sandbox.slack_rules import message_faults, view_faults
from helpdesk.slack import calls, cards, forms, home, names, posts
from helpdesk.slack.board import whole_text
from helpdesk.slack.escape import escape, quoted
from tests.support import slack_samples as samples
from tests.support.paths import ROOT
from tests.support.slack_samples import FOLDER, HOSTILE, NOW, ZONE, a_draft, a_mail, a_ticket, a_view

ALL = samples.samples()
#: What must never stand in anything that Slack reads.
ORDERS = ("<!channel", "<!here", "<!everyone", "<@U0EVIL", "<http://evil", "\u202e", "\u2066", "\x1b", "\x07", "```")
BUTTONS = {
    "ticket_acknowledge", "ticket_assign", "ticket_reply", "ticket_no_response", "ticket_resolve", "ticket_snooze",
    "ticket_not_a_buyer",
}  # fmt: skip


def faults(made: Any) -> list[str]:
    """What Slack would refuse."""
    return view_faults(made) if "type" in made else message_faults(made["text"], made["blocks"])


def buttons(made: Any) -> dict[str, str]:
    """action id → value of all buttons."""
    found = [element for block in made["blocks"] for element in block.get("elements", [])]
    return {element["action_id"]: element["value"] for element in found if element.get("type") == "button"}


@pytest.mark.parametrize("name", ALL)
def test_sample_is_as_written_down(name: str) -> None:
    """What is rendered equals the readable file (python -m tests.support.slack_samples rewrites them)."""
    assert samples.shown(ALL[name]) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def test_every_file_has_its_sample() -> None:
    """No file is left of a card that is gone."""
    assert {path.stem for path in FOLDER.glob("*.json")} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_sample_keeps_slacks_rules(name: str) -> None:
    """Blocks, lengths and counts are within Slack's limits."""
    assert faults(ALL[name]) == []


@pytest.mark.parametrize("status", Status)
def test_a_card_has_all_its_buttons_in_every_state(status: Status) -> None:
    """The seven buttons carry the ticket's number, whatever its state."""
    made = dict(zip(("text", "blocks"), cards.card(a_view(a_ticket(status=status)), NOW, ZONE), strict=True))
    found = buttons(made)
    assert set(found) >= BUTTONS
    assert set(found.values()) == {"12"}


def test_a_suspect_has_no_button_that_could_answer_it() -> None:
    """A suspect's post carries review_leave alone (promise 6)."""
    assert buttons(ALL["suspect"]) == {"review_leave": "34"}


def test_a_review_can_be_rescued_or_left() -> None:
    """A review's buttons carry the mail's number."""
    assert buttons(ALL["review"]) == {"review_rescue": "34", "review_leave": "34"}


def test_a_closed_review_has_no_buttons() -> None:
    """After the decision nothing is left to click."""
    assert buttons(ALL["review_left"]) == {}


def hostile_things(text: str) -> list[Any]:
    """Every card, post and form with `text` wherever a buyer's text can stand."""
    many = [{"name": f"{text}{n}.exe", "size": 10**n % 10**9} for n in range(300)]
    items = [{"title": text, "asin": text, "sku": text} for _ in range(30)]
    ticket = a_ticket(
        buyer=text, buyer_name=text, subject=text, order_ids=[text] * 30, items=items, language=text, topic=text,
        cause=text, urgent=[text] * 30, reply_to=text, ack_reason=text, marketplace=text, owner=text,
        ack=Ack.SUPPRESSED,
    )  # fmt: skip
    mail = a_mail(
        from_addr=text, from_name=text, subject=text, text=text, reasons=[text] * 50, folder=text, reason=text,
        order_ids=[text] * 30, kind="claim_opened",
    )  # fmt: skip
    said = posts.event_post(Event(ticket_id=1, at=NOW, kind="reply_queued", actor="U0", detail={"text": text[:3000]}))
    assert said is not None
    draft = a_draft(ticket=ticket, text=text, words=text, subject=text, sender=text, templates=tuple(
        TemplateChoice(id=f"t{n}", label=text, group=f"{text}{n // 7}") for n in range(400)
    ))  # fmt: skip
    wide = cards.CardView(ticket=ticket, words=text * 3, attachments=many, advice=(text, text), note=text, quoted=True)
    made = [
        cards.card(wide, NOW, ZONE), posts.review(mail, ZONE), posts.suspect(mail, ZONE), posts.notice(mail, ZONE),
        posts.quarantined(mail, ZONE),
        *(posts.mail_post(mail, many, ZONE, n + 1) for n in range(posts.sheets_of(mail))),
        said,
        posts.old_list([ticket] * 300, ZONE),
        posts.escalation(ticket, posts.Told(step=text, what=text, passed=[text] * 9), NOW, ZONE),
        posts.reminder(ticket, NOW, "", ZONE),
        posts.reviewed(mail, "leave", "U0MIA0001", NOW, ZONE),
    ]  # fmt: skip
    return [
        *({"text": one[0], "blocks": one[1]} for one in made),
        forms.reply_form(draft, warnings=[text] * 30),
        calls.call_form(NOW, caller=text, order=text, summary_text=text),
        forms.assign_form(ticket, "U0MIA0001"),
        forms.snooze_form(ticket, NOW, ZONE),
        forms.preview_view(Preview(text=text, blocked=(text,) * 30, warnings=(text,) * 30)),
        forms.more_view(ticket, [("today", text * 5, text * 5)] * 40, [(f"1:{n}", many[n]) for n in range(300)]),
        home.home(home.HomeView(user="U0MIA0001", mine=[ticket] * 60, free=[ticket] * 60, risk=[ticket] * 60,
                                review=[mail] * 60, manager=True, figures=[(text, text)] * 12), NOW, ZONE),
    ]  # fmt: skip


def strings(value: Any, inside: str = "") -> list[tuple[str, str]]:
    """(key, text) of every string in a structure."""
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in strings(part, key)]
    if isinstance(value, list):
        return [found for part in value for found in strings(part, inside)]
    return [(inside, value)] if isinstance(value, str) else []


@pytest.mark.parametrize(
    "text", [HOSTILE, HOSTILE * 60, "x" * 20_000, "&" * 20_000, "\U0001f600" * 9000, "\n" * 9000, ""]
)
def test_hostile_text_shows_harmlessly_within_limits(text: str) -> None:
    """Mentions, forged links, 20 kB lines, bidi marks, fences and 300 attachments break no rule and give no order."""
    for made in hostile_things(text):
        assert faults(made) == []
        for key, value in strings(made):
            if key not in {"initial_value", "private_metadata"}:
                assert not [order for order in ORDERS if order in value], (key, value[:200])
        json.dumps(made, ensure_ascii=False).encode("utf-8")


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=400))
def test_any_text_keeps_slacks_rules(text: str) -> None:
    """Whatever a buyer writes, Slack takes the message."""
    assert [found for made in hostile_things(text) for found in faults(made)] == []


def test_the_whole_mail_can_be_read() -> None:
    """A mail of 20,000 characters without a blank is whole in the view behind the button."""
    view = forms.more_view(a_ticket(), [("today", "x" * 20_000, "")], [])
    assert sum(text.count("x") for key, text in strings(view["blocks"]) if key == "text") == 20_000


@pytest.mark.parametrize("text", ["&" * 20_000, "\U0001f600 " * 9000, "a\n" * 9000, HOSTILE * 200])
def test_a_further_mail_is_whole_over_its_messages(text: str) -> None:
    """No message is longer than Slack takes, and together they hold every word, or say where the rest is."""
    mail = a_mail(text=text)
    made = [posts.mail_post(mail, [], ZONE, n + 1)[1] for n in range(posts.sheets_of(mail))]
    shown = "".join(block["text"]["text"] for blocks in made for block in blocks[1:] if block["type"] == "section")
    whole = quoted(escape(text))
    squeezed = shown.replace("\n", "").replace(" ", "")
    assert whole.replace("\n", "").replace(" ", "").startswith(squeezed)
    cut = len(squeezed) < len(whole.replace("\n", "").replace(" ", ""))
    assert ("Show everything" in str(made[-1])) == cut


def test_what_no_view_can_hold_is_offered_as_a_file() -> None:
    """Forty mails of 100 kB: the view says so, and its menu gives all of it as text; a short one needs no file."""
    mails = [a_mail(id=n, text=f"m{n}. " * 20_000, quoted="\u202eOn Monday\x07") for n in range(40)]
    view = forms.more_view(a_ticket(), [("today", mail.text, mail.quoted) for mail in mails], [])
    assert faults(view) == []
    assert "text:12" in [text for key, text in strings(view["blocks"]) if key == "value"]
    assert "text file" in str(view["blocks"][-1])
    whole = whole_text(mails).decode()
    assert [whole.count(f"m{n}.") for n in range(40)] == [20_000] * 40
    assert not {"\u202e", "\x07"} & set(whole)
    assert "text:12" not in str(forms.more_view(a_ticket(), [("today", "short", "")], []))


def test_a_form_remembers_what_it_was_opened_on() -> None:
    """Ticket and revision come back with the form."""
    form = forms.reply_form(a_draft(rev=7), channel="C1", thread="1.2")
    kept = forms.read_metadata(form)
    drafted = kept.pop("drafted")
    assert kept == {
        "ticket": 12, "rev": 7, "channel": "C1", "thread": "1.2", "warned": False,
        "template": "tracking", "origin": "", "machine": "",
    }  # fmt: skip
    assert drafted == digest(a_draft().text)
    assert form["callback_id"] == names.REPLY_FORM
    assert forms.read_metadata({"private_metadata": "broken"}) == {}


def test_programs_are_named_as_such() -> None:
    """A file that may run is marked, also behind a second ending or a bidi mark."""
    names_ = ["a.exe", "photo.jpg.SCR", "x\u202egpj.exe ", "doc.docm", "a.pdf", "exe", "photo.jpg"]
    assert [cards.risky(name) for name in names_] == [True, True, True, True, False, False, False]


def test_thanks_alone_propose_the_click() -> None:
    """A mail that only says thanks proposes "no response needed" on the card, while somebody still waits."""
    waiting = a_ticket(anchor_at=NOW)
    view = cards.CardView(ticket=waiting, words="Thank you!", thanks="thank you")

    assert "It only says thanks" in json.dumps(cards.card(view, NOW, ZONE)[1])
    answered = cards.CardView(ticket=waiting.evolve(anchor_at=None), words="Thank you!", thanks="thank you")
    assert "It only says thanks" not in json.dumps(cards.card(answered, NOW, ZONE)[1])


def test_the_guide_shows_pictures_of_the_cards() -> None:
    """Each picture of docs/slack.md exists and is small, and none lies there unseen."""
    guide = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(pictures/([a-z-]+\.png)\)", guide)
    there = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert sorted(shown) == sorted(there)
    assert {"card.png", "reply-form.png", "escalation.png", "review.png", "suspect.png", "home.png"} <= set(shown)
    assert max(there.values()) < 60_000


@pytest.mark.parametrize(
    ("link", "status", "shown"),
    [
        ("https://sellercentral.amazon.de/messaging/no-response-needed?t=A&m=B", Status.NEW, True),
        ("https://sellercentral.amazon.de/messaging/no-response-needed?t=A&m=B", Status.RESOLVED, True),
        ("https://sellercentral.amazon.de/messaging/no-response-needed?t=A&m=B", Status.ANSWERED, False),
        ("https://sellercentral.amazon.de/x|your bank", Status.NEW, False),
        ("https://sellercentral.amazon.de/x><!channel>", Status.NEW, False),
        ("javascript:alert(1)", Status.NEW, False),
        ("", Status.NEW, False),
    ],
)
def test_the_marketplaces_own_link_is_shown_for_a_person_to_open(link: str, status: Status, shown: bool) -> None:
    """The signed "no response needed" link stands on the card while it is of use; a broken one never does."""
    _, blocks = cards.card(a_view(a_ticket(status=status), no_response_link=link), NOW, ZONE)
    assert (":link:" in str(blocks)) == shown
    assert ("?t=A&amp;m=B|Seller Central>" in str(blocks)) == shown
    assert faults({"text": "x", "blocks": blocks}) == []
