"""Cards, posts and forms in each state; `python -m tests.support.slack_samples` writes them down."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.domain import Ack, Event, Mail, Status, Ticket
from helpdesk.domain_feedback import Feedback
from helpdesk.replies.outcomes import DraftView, Preview, TemplateChoice
from helpdesk.slack import calls, cards, feedback_cards, forms, home, posts
from helpdesk.slack.topic_form import topic_form
from tests.support.paths import DATA

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
FOLDER = DATA / "slack"
ADVICE = ("Tell the buyer where the parcel is.", "Set a true handling time for this SKU.")


def a_ticket(**changes: Any) -> Ticket:
    """A ticket that waits for three hours."""
    fields: dict[str, Any] = {
        "id": 12, "mailbox": "us-store", "marketplace": "amazon", "buyer": "q7w8e9r0t1z2u3i@marketplace.amazon.com",
        "buyer_name": "Anna Muster", "reply_to": "q7w8e9r0t1z2u3i+1a2b3c4d@marketplace.amazon.com",
        "subject": "Wo ist meine Lampe?", "order_ids": ["111-0000001-0000001"], "language": "de",
        "items": [{"title": "Desk lamp, green", "asin": "B000000001", "sku": "LAMP-GREEN", "quantity": 1}],
        "topic": "late_shipment", "cause": "slow_fulfilment", "received_at": NOW - timedelta(hours=3),
        "anchor_at": NOW - timedelta(hours=3), "due_at": NOW + timedelta(hours=21), "mails": 1, "ack": Ack.SENT,
        "last_mail_at": NOW - timedelta(hours=3), "created_at": NOW, "updated_at": NOW, "rev": 1,
    }  # fmt: skip
    return Ticket.model_validate({**fields, **changes})


def a_mail(**changes: Any) -> Mail:
    """A buyer's mail."""
    fields: dict[str, Any] = {
        "id": 34, "mailbox": "us-store", "role": "junk", "folder": "Junk", "uidvalidity": 1, "uid": 7,
        "message_id": "m34@buyers.test", "body_hash": "00", "arrived_at": NOW, "clock_start": NOW, "fetched_at": NOW,
        "from_addr": "anna@buyers.test", "from_name": "Anna Muster", "customer": "anna@buyers.test",
        "subject": "My parcel", "text": "Hello,\nwhere is my parcel?", "verdict": "review", "score": 0.52,
        "reasons": ["unknown sender", "asks for a parcel"],
    }  # fmt: skip
    return Mail.model_validate({**fields, **changes})


def a_view(ticket: Ticket, **changes: Any) -> cards.CardView:
    """What a card shows of it."""
    fields: dict[str, Any] = {"ticket": ticket, "words": "Hallo,\nwo bleibt meine Lampe?\n\nAnna", "advice": ADVICE}
    return cards.CardView(**{**fields, **changes})


def a_draft(**changes: Any) -> DraftView:
    """A draft in the buyer's language."""
    fields: dict[str, Any] = {
        "ticket": a_ticket(), "rev": 1, "text": "Guten Tag Anna,\n\nIhre Lampe ist unterwegs.", "template": "tracking",
        "templates": (
            TemplateChoice(id="tracking", label="Where it is", group="Late shipment"),
            TemplateChoice(id="refund", label="Refund", group="Returns"),
        ),
        "sender": "support@shop.example", "subject": "Re: Wo ist meine Lampe?", "words": "Wo bleibt meine Lampe?",
    }  # fmt: skip
    return DraftView(**{**fields, **changes})


def a_feedback(**changes: Any) -> Feedback:
    """An invented feedback."""
    fields: dict[str, Any] = {
        "id": 7, "marketplace": "US", "order_id": "111-0000001-0000001", "rating": 1,
        "comment": "Kettle leaks after two days.", "given_on": date(2026, 11, 20), "deadline": date(2027, 2, 18),
        "verdict": "likely", "criterion": "product_review", "evidence": ["Kettle leaks after two days"],
        "why": "the entire comment is a product review", "recommended": "removal", "reason": "product_review",
        "draft": "The entire comment is a product review.", "topic": "quality_defect", "first_seen": NOW,
        "last_seen": NOW,
    }  # fmt: skip
    return Feedback.model_validate({**fields, **changes})


#: Everything a hostile buyer tries at once: mentions, links with other labels, fences, bidi, controls, stacked marks.
HOSTILE = (
    "<!channel> <!here> <@U0EVIL000> <http://evil.test|your bank> &lt;!everyone&gt; ```rm -rf``` `x`"
    f"\u202egnp.exe\u202c \u2066\x07\x1b[31m\u200bza{chr(0x301) * 40} \U000e0041\ud800 "
    "@channel *bold* _it_ ~gone~\r\n> quoted\u2028"
)


def _card(ticket: Ticket, **changes: Any) -> Any:
    text, blocks = cards.card(a_view(ticket, **changes), NOW, ZONE)
    return {"text": text, "blocks": blocks}


def _post(made: posts.Post) -> Any:
    return {"text": made[0], "blocks": made[1]}


def _event(kind: str, actor: str = "U0MIA0001", **detail: Any) -> Any:
    made = posts.event_post(Event(ticket_id=12, at=NOW, kind=kind, actor=actor, detail=detail), ZONE)
    assert made is not None
    return _post(made)


def samples() -> dict[str, Any]:
    """Every card, post and form by name."""
    return {**_cards(), **_posts(), **_forms(), **_homes()}


def _cards() -> dict[str, Any]:
    ticket = a_ticket()
    owned = {"owner": "U0MIA0001"}
    files = [{"name": "photo.jpg", "size": 234_000}, {"name": "invoice.pdf.exe", "size": 1_900_000}]
    done = {"anchor_at": None, "due_at": None, "answered_at": NOW}
    return {
        "card_new": _card(ticket),
        "card_open": _card(a_ticket(status=Status.OPEN, **owned), quoted=True, earlier=2),
        "card_late": _card(a_ticket(due_at=NOW - timedelta(hours=2), urgent=["claim"])),
        "card_attachments": _card(ticket, attachments=files),
        "card_answered": _card(a_ticket(status=Status.ANSWERED, **owned, **done)),
        "card_snoozed": _card(a_ticket(status=Status.SNOOZED, snoozed_until=NOW + timedelta(hours=4), **owned)),
        "card_resolved": _card(a_ticket(status=Status.RESOLVED, **owned, **done)),
        "card_not_a_buyer": _card(a_ticket(status=Status.NOT_A_BUYER, **owned, **done)),
        "card_thanks": _card(
            ticket,
            words="Thank you, it has come!",
            thanks="thank you",
            no_response_link="https://sellercentral.amazon.com/messaging/no-response-needed?t=A1&m=A2&h=0f&s=1",
        ),
        "card_rescued": _card(ticket, note="found in Junk"),
        "card_phone": _card(
            a_ticket(marketplace="phone", buyer="+49 30 1234567", reply_to="", items=[], topic=None), advice=None
        ),
    }


def _posts() -> dict[str, Any]:
    ticket = a_ticket(anchor_at=NOW - timedelta(hours=20), due_at=NOW + timedelta(hours=4))
    late = a_ticket(anchor_at=NOW - timedelta(hours=25), due_at=NOW - timedelta(hours=1), owner="U0MIA0001")
    people, link = ["U0MIA0001", "U0BOSS001"], "https://shop.slack.example/archives/C1/p1"
    mail = a_mail()
    return {
        "escalation": _post(
            posts.escalation(ticket, posts.Told(step="20h", passed=["12h"], people=people, link=link), NOW, ZONE)
        ),
        "escalation_late": _post(
            posts.escalation(late, posts.Told(step="24h", what="breach", people=people), NOW, ZONE)
        ),
        "reminder": _post(posts.reminder(ticket, NOW + timedelta(hours=2), link, ZONE)),
        "review": _post(posts.review(mail, ZONE)),
        "review_left": _post(posts.reviewed(mail, "leave", "U0MIA0001", NOW, ZONE)),
        "review_rescued": _post(posts.reviewed(mail, "rescue", "U0MIA0001", NOW, ZONE)),
        "suspect": _post(posts.suspect(a_mail(verdict="suspect", reasons=["DMARC failed"]), ZONE)),
        "notice_claim": _post(posts.notice(a_mail(kind="claim_opened", order_ids=["111-0000001-0000001"]), ZONE)),
        "quarantined": _post(posts.quarantined(a_mail(reason="no readable header"), ZONE)),
        "old_list": _post(posts.old_list([a_ticket(id=n) for n in range(1, 4)], ZONE)),
        "hello": _post(posts.hello("#buyer-support")),
        "thread_mail": _post(posts.mail_post(mail, [{"name": "photo.jpg", "size": 234_000}], ZONE)),
        "feedback": _post(feedback_cards.card(a_feedback(), NOW.date())),
        "feedback_submitted": _post(feedback_cards.card(a_feedback(state="submitted"), NOW.date())),
        "thread_snoozed": _event("snoozed", until="2026-11-25T08:00:00+00:00", reason="waiting for the supplier"),
        "thread_reply_queued": _event("reply_queued", text="Guten Tag Anna,\n\nsie ist unterwegs."),
        "thread_reply_sent": _event("answered"),
        "thread_reply_refused": _event("reply_failed", error="550 no such user"),
        "thread_acknowledged": _event("acknowledged", actor="helpdesk"),
    }


def _forms() -> dict[str, Any]:
    preview = Preview(text="Guten Tag Anna,\n\n…", warnings=("No date is named (promise)",))
    own = [("Tue 24 Nov, 12:00", "Hallo,\nwo ist sie?", "On Monday you wrote: …")]
    files = [("34:0", {"name": "photo.jpg", "size": 234_000})]
    return {
        "form_reply": forms.reply_form(a_draft()),
        "form_reply_taken": forms.reply_form(a_draft(holder="U0BEN0001")),
        "form_reply_warned": forms.reply_form(a_draft(), warnings=["No date is named (promise)"], resolve=True),
        "form_call": calls.call_form(NOW),
        "form_call_back": calls.call_back_form(a_ticket(marketplace="phone", buyer="+49 30 1", reply_to=""), NOW),
        "form_assign": forms.assign_form(a_ticket(owner="U0BEN0001"), "U0MIA0001"),
        "form_topic": topic_form(a_ticket(), channel="C1", thread="1.1"),
        "form_snooze": forms.snooze_form(a_ticket(), NOW, ZONE),
        "form_feedback": feedback_cards.form(a_feedback()),
        "view_preview": forms.preview_view(preview),
        "view_everything": forms.more_view(a_ticket(), own, files),
    }


def _homes() -> dict[str, Any]:
    """The Home tab of an agent, and of a manager with the week's chart."""
    late = a_ticket(
        id=9, due_at=NOW - timedelta(hours=1), owner="U0BEN0001", subject="Refund?", topic="returns_refunds"
    )
    soon = a_ticket(id=11, due_at=NOW + timedelta(hours=2), subject="Two lids missing", buyer_name="Ben Beispiel")
    mine = a_ticket(status=Status.OPEN, owner="U0MIA0001")
    shown = home.HomeView(user="U0MIA0001", mine=[mine], free=[soon], risk=[late, soon], review=[a_mail()])
    figures = [
        ("Answered in time", "97.4 %"), ("Late or unanswered", "6"), ("Half answered within", "3 h 10 min"),
        ("90 % answered within", "17 h 40 min"), ("Waiting now", "14"), ("Over the limit now", "1"),
    ]  # fmt: skip
    boss = home.HomeView(
        user="U0BOSS001", risk=[late, soon], free=[soon], review=[a_mail()], manager=True, figures=figures,
        chart="F0A0000001", dashboard="http://127.0.0.1:8080/",
    )  # fmt: skip
    return {"home_agent": home.home(shown, NOW, ZONE), "home_manager": home.home(boss, NOW, ZONE)}


def shown(sample: Any) -> str:
    """A sample as it lies in its file."""
    return json.dumps(sample, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Write every sample down."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, sample in samples().items():
        (FOLDER / f"{name}.json").write_text(shown(sample), encoding="utf-8")


if __name__ == "__main__":
    main()
