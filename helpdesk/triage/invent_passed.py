"""Invented wrappers: what a form, a chat, a messenger, a telephone or a colleague makes of somebody's letter.

Buyers and all others alike come so: that a machine passed a letter on says nothing of who wrote it.
"""

from __future__ import annotations

import random
import tomllib
from functools import cache

from helpdesk.triage.envelope import Letter
from helpdesk.triage.grammar import Writer, invented_host, invented_word
from helpdesk.triage.words import data_text

_SERVICE = ("no-reply", "noreply", "notifications", "forms", "mailer", "hello", "messages", "notify", "system")
_OWN = ("no-reply", "wordpress", "shop", "info", "www-data", "contact", "mailer", "service")
#: How a label and its value stand together.
_STYLES = ("{0}: {1}", "{0}: {1}", "{0}: {1}", "*{0}:* {1}", "{0}\t{1}", "{0} = {1}", "[{0}] {1}", "{0}.....: {1}", "- {0}: {1}")  # fmt: skip
_BELOW = ("{0}\n{1}", "{0}:\n{1}\n", "{0}\n{1}\n", "*{0}*\n{1}")


@cache
def _words(language: str) -> dict[str, tuple[str, ...]]:
    raw: dict[str, dict[str, str]] = tomllib.loads(data_text("passed.toml"))
    return {name: tuple(listed.split("|")) for name, listed in raw[language].items()}


class Wrapper:
    """Wraps one letter in one language."""

    def __init__(self, letter: Letter, writer: Writer, dice: random.Random) -> None:
        self.letter = letter
        self.writer = writer
        self.dice = dice
        self.words = _words(writer.language)
        self.phone = writer.fill("{phone}")
        self.shop = letter.to.rpartition("@")[2]
        self.visitor = letter.sender

    def pick(self, name: str) -> str:
        """One of the words of that name, filled."""
        return self.fill(self.dice.choice(self.words[name]))

    def fill(self, text: str) -> str:
        """The slots of passed.toml."""
        slots = {
            "name": self.writer.person.name,
            "mail": self.visitor,
            "phone": self.phone,
            "order": self.writer.order,
            "shop": self.shop,
        }
        for slot, value in slots.items():
            text = text.replace(f"{{{slot}}}", value)
        return self.writer.fill(text)

    def form(self) -> None:
        """A form's list of fields, in any order, with any labels; now and then in words that nobody knows."""
        dice, letter = self.dice, self.letter
        fields = [("name", self.writer.person.name), ("mail", self.visitor)]
        for name, value, share in (("phone", self.phone, 0.4), ("order", self.writer.order, 0.15), ("about", letter.subject, 0.4)):  # fmt: skip
            if dice.random() < share:
                fields.append((name, value if dice.random() < 0.85 else ""))
        if dice.random() < 0.35:
            dice.shuffle(fields)
        fields.append(("message", letter.body))
        style = dice.choice(_STYLES if dice.random() < 0.65 else _BELOW)
        strange = dice.random() < 0.06
        lines = [style.format(invented_word(dice) if strange else self.pick(name), value) for name, value in fields]
        if dice.random() < 0.2:
            lines.insert(dice.randrange(len(lines)), self.pick("rest"))
        elif dice.random() < 0.3:
            lines += ["", self.pick("rest")]
        ending = self.pick("ends")
        letter.body = "\n".join([*self._opening(), *lines, *(["", dice.choice(("", "--")), ending] if ending else [])])
        letter.subject = self.pick("titles") if dice.random() < 0.8 else letter.subject
        self._sent_by_a_machine(0.6)
        self._link()

    def chat(self) -> None:
        """A transcript: times, speakers, the visitor's words in one or several turns."""
        dice, letter = self.dice, self.letter
        visitor, agent = self.pick("visitor"), self.pick("agent")
        minute = dice.randint(0, 40)
        hour = dice.randint(8, 20)
        shape = dice.choice(("[{t}] {w}: {s}", "{w} ({t}): {s}", "{t} - {w}: {s}", "{w} {t}:\n{s}", "{w}: {s}"))
        turns = [(visitor, part) for part in letter.body.split("\n\n") if part.strip()] or [(visitor, letter.body)]
        turns.insert(dice.choice((0, 1, len(turns))), (agent, self.pick("says")))
        if dice.random() < 0.5:
            turns.append((agent, self.pick("says")))
        lines = []
        for who, said in turns:
            minute += dice.choice((0, 1, 1, 2))
            lines.append(shape.format(t=f"{hour}:{minute:02d}", w=who, s=said))
        letter.subject = self.pick("chats")
        letter.body = "\n".join([*self._opening(), *lines])
        self._sent_by_a_machine(0.1)
        self._link()

    def gateway(self) -> None:
        """A messenger's or marketplace's relay: an opening, some fields, the words, a call to answer."""
        dice, letter = self.dice, self.letter
        letter.subject = self.pick("gateways")
        head = [letter.subject] if dice.random() < 0.6 else []
        if dice.random() < 0.6:
            head += [f"{self.pick(key)}: {value}" for key, value in (("name", self.writer.person.name), ("order", self.writer.order)) if dice.random() < 0.7]  # fmt: skip
        if dice.random() < 0.4:
            head.append(f"{self.pick('message')}:")
        ending = self.pick("ends") if dice.random() < 0.6 else ""
        letter.body = "\n".join([*head, "", letter.body, "", ending])
        self._sent_by_a_machine(0.0, f"c-{dice.randrange(10**6)}" if dice.random() < 0.7 else "")
        self._link()

    def voicemail(self) -> None:
        """A voicemail with its transcription, spoken and so without a letter's paragraphs."""
        letter = self.letter
        letter.subject = self.pick("voices")
        spoken = letter.body.replace("\n", " ")
        letter.body = f"{letter.subject}\n\n{self.pick('phone')}: {self.phone}\n{self.pick('transcript')}:\n“{spoken}”"
        self._sent_by_a_machine(0.0, "")

    def forward(self) -> None:
        """A colleague, or the seller's other address, hands it on: below a header block, with or without a note."""
        dice, letter = self.dice, self.letter
        somebody = self.writer.somebody()
        ours = dice.random() < 0.7
        first = somebody.first.lower() if somebody.first.isascii() else invented_word(dice)
        passing = (
            f"{first}@{self.shop if ours else dice.choice(('gmail.com', 'outlook.com', invented_host(dice, 'en')))}"
        )
        came_to = passing if dice.random() < 0.6 else letter.to
        block = [
            f"{label}: {value}"
            for label, value in zip(
                self.words["head"],
                (f"{letter.name} <{letter.sender}>", self.writer.fill("{date} {n}:30"), came_to, letter.subject),
                strict=True,
            )
        ]
        note, line = self.pick("notes"), self.pick("forwarded")
        letter.body = "\n".join([note, "", line or "_" * 32, *block, "", letter.body])
        letter.subject = f"{self.pick('prefix')}: {letter.subject}"
        letter.sender, letter.name, letter.reply_to = passing, somebody.name, ""
        letter.headers = [one for one in letter.headers if one[0] not in {"In-Reply-To", "References"}]

    def any(self) -> str:
        """One of these ways; its name."""
        way = self.dice.choices(("form", "chat", "gateway", "voicemail", "forward"), (62, 10, 12, 4, 12))[0]
        getattr(self, way)()
        return way

    def _link(self) -> None:
        """Machines link to their own page of the message, or to the page the form stands on."""
        dice, letter = self.dice, self.letter
        if dice.random() < 0.35:
            host = letter.sender.rpartition("@")[2]
            url = f"https://{dice.choice(('app.', 'www.', ''))}{host}/{dice.choice(('inbox', 's', 'conversations', 'contact'))}/{dice.randrange(10**7)}"
            letter.body += f"\n\n{self.pick('calls')}: {url}"

    def _opening(self) -> list[str]:
        opening = self.pick("opens")
        return [opening, ""] if opening else []

    def _sent_by_a_machine(self, own: float, relay: str = "") -> None:
        """From the shop's own server (`own`: how often) or a service; answers to the visitor, the relay or nobody."""
        dice, letter = self.dice, self.letter
        if dice.random() < own:
            letter.sender = letter.to if dice.random() < 0.15 else f"{dice.choice(_OWN)}@{self.shop}"
        else:
            letter.sender = f"{dice.choice(_SERVICE)}@{invented_host(dice, 'en')}"
        host = letter.sender.rpartition("@")[2]
        letter.reply_to = f"{relay}@{host}" if relay else (self.visitor if dice.random() < 0.7 and not relay else "")
        letter.name = dice.choice((self.shop.split(".")[0].title(), self.writer.person.name, ""))
        letter.look = dice.choices(("plain", "simple", "both"), (55, 30, 15))[0]
        letter.return_path = ""
