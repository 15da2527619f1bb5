"""The keys of [drafts]: an optional language model that drafts answers."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import model_validator

from helpdesk.settings.values import Patience, Table


class Drafts(Table):
    """[drafts]"""

    url: str = ""
    model: str = ""
    api_key: str = ""
    timeout: Patience = timedelta(seconds=20)

    @model_validator(mode="after")
    def _endpoint(self) -> Drafts:
        if self.url and not private_or_https(self.url):
            raise ValueError(
                "url must begin with https://; http:// only for this machine or a private network (buyers' words leave)"
            )
        if bool(self.url) != bool(self.model):
            raise ValueError("url and model belong together: name both, or neither")
        return self


def private_or_https(url: str) -> bool:
    """Whether what is sent there is encrypted, or stays on this machine or in a private network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "http" or not host:
        return parts.scheme == "https" and bool(host)
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
