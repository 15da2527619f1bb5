"""The Home tab and the answers to slash commands: lists of tickets, and for managers the week's figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from helpdesk.domain import Mail, Status, Ticket
from helpdesk.intake.first_contact import FirstContact
from helpdesk.slack import blocks as b
from helpdesk.slack import names, words
from helpdesk.slack.cards import status_line, summary
from helpdesk.slack.escape import escape, escape_line

#: Told to whoever may not act; the place where they must be let in.
STRANGER = "Only agents of this help desk may do that. Ask a manager to add you to {}."

#: Rows of a list; the desk hands in at most MOST tickets, so a count that high means "or more".
ROWS, ROWS_IN_MESSAGE, MOST = 12, 20, 100
#: A ticket is at risk when less than this is left.
RISK = timedelta(hours=4)

HELP = f"""*What `{names.COMMAND}` can do*
• `queue` – what waits for an answer, the most urgent first
• `mine` – your tickets
• `show 12` – one ticket with its buttons
• `find TEXT` – by order, buyer or words
• `call` – log a phone call
• `sla` – the last seven days in figures
• `feedback` – feedback cases that wait for somebody
• `dashboard` – the managers' page
*Reply* on a card is the only thing that writes to a buyer; threads stay inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """What one person's Home tab shows; lists are sorted, the most urgent first."""

    user: str
    mine: Sequence[Ticket] = ()
    free: Sequence[Ticket] = ()  #: waiting, with nobody
    risk: Sequence[Ticket] = ()  #: waiting, with little time left
    review: Sequence[Mail] = ()
    manager: bool = False
    figures: Sequence[tuple[str, str]] = ()  #: label and value, for managers
    chart: str = ""  #: a picture's file id in Slack, for managers
    dashboard: str = ""
    reading: Sequence[FirstContact] = ()  #: mailboxes whose old mail is still being read


def at_risk(tickets: Sequence[Ticket], now: datetime) -> list[Ticket]:
    """Those of which less than four hours are left, or none."""
    return [ticket for ticket in tickets if ticket.due_at is not None and ticket.due_at - now < RISK]


def row(ticket: Ticket, now: datetime, zone: tzinfo) -> b.Block:
    """A ticket in a list, with a button that shows it."""
    owner = f" · {words.person(ticket.owner)}" if ticket.owner else ""
    mark = status_line(ticket, zone)
    text = f"*{summary(ticket)}*\n{mark}{owner} · {words.due_line(ticket, now, zone)}"
    return b.section(text, accessory=b.button("Show", names.SHOW, ticket.id))


def listing(title: str, tickets: Sequence[Ticket], now: datetime, zone: tzinfo, most: int = ROWS) -> list[b.Block]:
    """A heading with the count and the first rows."""
    count = str(len(tickets)) if len(tickets) < MOST else f"{MOST} or more"
    blocks = [b.section(f"*{title}* ({count})")]
    blocks += [row(ticket, now, zone) for ticket in tickets[:most]]
    if len(tickets) > most:
        more = f"{len(tickets) - most} more" if len(tickets) < MOST else "more"
        blocks.append(b.context(f"and {more}: `{names.COMMAND} find`, the dashboard, or `helpdesk tickets`"))
    return blocks


def home(view: HomeView, now: datetime, zone: tzinfo) -> b.Block:
    """A user's Home tab."""
    blocks: list[b.Block] = []
    blocks += [b.context(f":hourglass_flowing_sand: {escape_line(str(one), 300)}") for one in view.reading]
    if view.manager:
        blocks += _managers(view)
    blocks += listing(":bust_in_silhouette: My tickets", view.mine, now, zone)
    blocks += listing(":alarm_clock: At risk", view.risk, now, zone)
    blocks += listing(":large_blue_circle: Nobody has them yet", view.free, now, zone)
    blocks += _reviews(view.review, zone)
    blocks.append(b.actions(b.button("Log a phone call", names.LOG_CALL, "call"), block_id="home"))
    blocks.append(b.context(f"As of {words.moment(now, zone)}. Open this tab again to refresh it."))
    rest = "There is more than fits here: use the commands."
    return {"type": "home", "blocks": b.within_view(blocks, rest)}


def strangers(place: str) -> b.Block:
    """The Home tab of somebody who is no agent: nothing of any buyer's."""
    said = f"This is the help desk's page for its agents. {STRANGER.format(escape(place))}"
    return {"type": "home", "blocks": [b.section(said)]}


def _managers(view: HomeView) -> list[b.Block]:
    blocks = [b.section(":bar_chart: *The last seven days*")]
    if view.figures:
        blocks.append(b.fields([(escape_line(k, 60), escape_line(v, 60)) for k, v in view.figures[:10]]))
    if view.chart:
        alt = "Messages of the seven days before today: in time, late or unanswered, open"
        blocks.append({"type": "image", "slack_file": {"id": view.chart}, "alt_text": alt})
    if view.dashboard:
        blocks.append(b.context(f"<{escape(view.dashboard)}|The dashboard> · `{names.COMMAND} dashboard` signs you in"))
    return [*blocks, b.divider()]


def _reviews(mails: Sequence[Mail], zone: tzinfo) -> list[b.Block]:
    blocks = [b.section(f":grey_question: *To be looked at in Junk* ({len(mails)})")]
    for mail in mails[:6]:
        mark = ":warning: suspicious · " if mail.verdict == "suspect" else ""
        sender, subject = escape_line(mail.from_addr, 100), escape_line(mail.subject, 120)
        blocks.append(b.section(f"{mark}{sender}: {subject}\n{words.moment(mail.arrived_at, zone)}"))
        buttons = [b.button("Leave in Junk", names.REVIEW_LEAVE, mail.id)]
        if mail.verdict != "suspect":
            buttons.insert(0, b.button("Rescue", names.REVIEW_RESCUE, mail.id, style="primary"))
        blocks.append(b.actions(*buttons))
    return blocks


def answer(title: str, tickets: Sequence[Ticket], now: datetime, zone: tzinfo) -> tuple[str, list[b.Block]]:
    """A command's list of tickets."""
    if not tickets:
        return f"{title}: nothing.", [b.section(f"*{title}:* nothing. :sparkles:")]
    return f"{title}: {len(tickets)}", listing(title, tickets, now, zone, ROWS_IN_MESSAGE)


def figures(pairs: Sequence[tuple[str, str]], dashboard: str) -> tuple[str, list[b.Block]]:
    """The week's figures as a command's answer."""
    blocks = [b.section("*The last seven days*")]
    if pairs:
        blocks.append(b.fields([(escape_line(k, 60), escape_line(v, 60)) for k, v in pairs[:10]]))
    else:
        blocks.append(b.section("No buyer's message in these days."))
    if dashboard:
        blocks.append(b.context(f"<{escape(dashboard)}|Open the dashboard>"))
    return "The last seven days", blocks


def waiting(tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those that nobody has."""
    return [ticket for ticket in tickets if not ticket.owner and ticket.status == Status.NEW]
