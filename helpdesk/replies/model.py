"""The door to an optional language model: any endpoint that speaks OpenAI's chat completions. Off by default."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from helpdesk.errors import DoorError

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatModel:
    """`url` up to and without /chat/completions; `key` may be empty; `timeout` in seconds for the whole exchange."""

    url: str
    name: str
    key: str = ""
    timeout: float = 20.0

    async def complete(self, messages: list[dict[str, str]]) -> str:
        """The first choice's text. Raises DoorError for refusals, timeouts, and answers that are none."""
        head = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        body = {"model": self.name, "messages": messages, "temperature": 0.2, "max_tokens": 800}
        target = f"{self.url.rstrip('/')}/chat/completions"
        limit = aiohttp.ClientTimeout(total=self.timeout)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(target, json=body, headers=head, allow_redirects=False) as answer,
            ):
                raw = await answer.content.read(MAX_BYTES)
                if answer.status != 200:
                    raise DoorError(f"HTTP {answer.status}", permanent=400 <= answer.status < 500)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise DoorError(f"{type(error).__name__} at the model's address") from error
        return _text(raw)


def _text(raw: bytes) -> str:
    try:
        choice: Any = json.loads(raw)["choices"][0]
        content = choice["message"]["content"]
    except (ValueError, LookupError, TypeError) as error:
        raise DoorError("the answer is no chat completion") from error
    if not isinstance(content, str) or choice.get("finish_reason") in {"content_filter", "length"}:
        raise DoorError("the model refused or was cut off")
    return content
