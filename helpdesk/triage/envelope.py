"""Raw bytes round an invented letter: addresses, a delivery hop, a body as plain text, HTML or both."""

from __future__ import annotations

import base64
import html
import quopri
import random
import re
from dataclasses import dataclass, field
from email.header import Header

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_URL = re.compile(r"https?://[^\s<>\"]+")


@dataclass(slots=True, kw_only=True)
class Letter:
    """What is to be sent; `to` is the seller's address."""

    sender: str
    name: str
    to: str
    subject: str
    body: str
    reply_to: str = ""
    return_path: str = ""
    look: str = "plain"  #: plain | simple | both | styled | banner
    authentic: str = "none"  #: pass | fail | none | missing
    headers: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)  #: (name, content type)
    hidden_to: bool = False


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n").replace("\r\n", "\r\n")


def _address(name: str, address: str, dice: random.Random) -> str:
    if not name:
        return address
    shown = (
        _encoded(name)
        if not name.isascii()
        else (f'"{name}"' if dice.random() < 0.5 or "," in name or "." in name else name)
    )
    return f"{shown} <{address}>"


def _when(dice: random.Random) -> tuple[str, int]:
    year, month, day = dice.randint(2018, 2027), dice.randint(0, 11), dice.randint(1, 28)
    weekday = dice.choice(_DAYS)
    return (
        f"{weekday}, {day:02d} {_MONTHS[month]} {year} {dice.randint(0, 23):02d}:{dice.randint(0, 59):02d}:{dice.randint(0, 59):02d} +0000",
        year,
    )


def to_html(text: str, look: str, dice: random.Random) -> str:
    """The letter as HTML: `simple` as mail programs write it, `styled` and `banner` as mass mailers do."""
    escaped = html.escape(text, quote=False)
    if look in {"styled", "banner"}:
        label = dice.choice(("Open", "Click here", "Details", "&rarr;", "Continue"))
        escaped = _URL.sub(
            lambda m: f'<a href="{m.group(0)}" style="padding:8px;background:#06c;color:#fff">{label}</a>', escaped
        )
        paragraphs = "".join(
            f'<tr><td style="font-family:Arial;font-size:14px;padding:8px">{p}</td></tr>' for p in escaped.split("\n\n")
        )
        image = (
            f'<img src="https://img.{dice.randrange(1000)}cdn.net/h.png" width="600" alt="">'
            if look == "banner"
            else ""
        )
        extra = "".join(
            f'<td><a href="https://t.{dice.randrange(99)}mail.net/x/{dice.randrange(10**9)}?u={dice.randrange(10**12)}"><img src="https://img.mail.net/{i}.png"></a></td>'
            for i in range(dice.randint(2, 6) if look == "banner" else 0)
        )
        return f'<html><head><style>td{{color:#333}}</style></head><body><table width="600" align="center"><tr><td>{image}</td></tr>{paragraphs}<tr>{extra}</tr></table></body></html>'
    linked = _URL.sub(lambda m: f'<a href="{m.group(0)}">{m.group(0)}</a>', escaped)
    shape = dice.randrange(4)
    if shape == 0:
        return f'<div dir="ltr">{linked.replace(chr(10), "<br>" + chr(10))}</div>'
    if shape == 1:
        return (
            "<html><body>"
            + "".join(f"<p>{p}</p>" for p in linked.replace("\n\n", "\0").replace("\n", "<br>").split("\0"))
            + "</body></html>"
        )
    if shape == 2:
        return (
            '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
            + "".join(f"<div>{line or '<br>'}</div>" for line in linked.split("\n"))
            + "</body></html>"
        )
    return f'<html><body style="font-family:Calibri"><span>{linked.replace(chr(10), "<br>")}</span></body></html>'


def _part(text: str, kind: str, dice: random.Random) -> str:
    raw = text.encode()
    if text.isascii() and max(map(len, text.split("\n"))) < 900:
        return f"Content-Type: text/{kind}; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{text}"
    if dice.random() < 0.5:
        return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(raw).decode()}"
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quopri.encodestring(raw).decode()}"


def _body(letter: Letter, dice: random.Random) -> str:
    if letter.look == "plain":
        content = _part(letter.body, "plain", dice)
    elif letter.look == "both" or (letter.look == "banner" and dice.random() < 0.4):
        mark = f"b{dice.randrange(10**9)}"
        look = letter.look if letter.look == "banner" else "simple"
        parts = (_part(letter.body, "plain", dice), _part(to_html(letter.body, look, dice), "html", dice))
        content = (
            f'Content-Type: multipart/alternative; boundary="{mark}"\r\n\r\n'
            + "".join(f"--{mark}\r\n{p}\r\n" for p in parts)
            + f"--{mark}--\r\n"
        )
    else:
        content = _part(to_html(letter.body, letter.look, dice), "html", dice)
    if not letter.files:
        return content
    mark = f"m{dice.randrange(10**9)}"
    files = "".join(
        f'--{mark}\r\nContent-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n'
        for name, kind in letter.files
    )
    return f'Content-Type: multipart/mixed; boundary="{mark}"\r\n\r\n--{mark}\r\n{content}\r\n{files}--{mark}--\r\n'


def raw_mail(letter: Letter, dice: random.Random) -> bytes:
    """The letter as a server delivered it."""
    when, _ = _when(dice)
    host = letter.sender.rpartition("@")[2]
    here = "mx.inbound.net"
    path = letter.return_path or letter.sender
    lines = [
        f"Return-Path: <{path}>",
        f"Delivered-To: {letter.to}",
        f"Received: from out.{path.rpartition('@')[2] or host} by {here} with ESMTPS id {dice.randrange(10**9)} for <{letter.to}>; {when}",
    ]
    if letter.authentic != "missing":
        word = {"pass": "pass", "fail": "fail", "none": "none"}[letter.authentic]
        lines.append(
            f"Authentication-Results: {here}; spf={word} smtp.mailfrom={path}; dkim={word} header.d={host}; dmarc={word} header.from={host}"
        )
    lines += [
        f"From: {_address(letter.name, letter.sender, dice)}",
        f"Subject: {_encoded(letter.subject)}",
        f"Date: {when}",
        f"Message-ID: <{dice.randrange(10**15)}.{dice.randrange(10**6)}@{host}>",
    ]
    lines.append("To: undisclosed-recipients:;" if letter.hidden_to else f"To: {letter.to}")
    if letter.reply_to:
        lines.append(f"Reply-To: {letter.reply_to}")
    lines += [f"{name}: {value}" for name, value in letter.headers]
    lines.append("MIME-Version: 1.0")
    return ("\r\n".join(lines) + "\r\n" + _body(letter, dice)).encode("utf-8", "replace")
