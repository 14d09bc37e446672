"""One HTTP POST, as small as a webhook needs it. A client library would be a seventh of the sandbox's start.
Used by `delivery`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit


class NoAnswer(Exception):
    """Nobody there, a broken line, an answer that is not HTTP, or none in time."""


async def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """The status of the answer; its body is read and thrown away. A redirect is an answer like any other."""
    try:
        async with asyncio.timeout(seconds):
            return await _exchange(urlsplit(url), body, headers)
    except TimeoutError:
        msg = f"no answer within {seconds:g} seconds"
        raise NoAnswer(msg) from None
    except (OSError, EOFError, ValueError, IndexError) as trouble:
        msg = f"{type(trouble).__name__}: {trouble}"
        raise NoAnswer(msg) from trouble


async def _exchange(target: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
    secure = target.scheme == "https"
    port = target.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(target.hostname, port, ssl=secure or None)
    try:
        writer.write(_head(target, len(body), headers) + body)
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        await _rest(reader)
        return status
    finally:
        writer.close()


def _head(target: SplitResult, length: int, headers: Mapping[str, str]) -> bytes:
    place = (target.path or "/") + (f"?{target.query}" if target.query else "")
    told = {"Host": target.netloc.rpartition("@")[2], **headers, "Content-Length": str(length), "Connection": "close"}
    lines = [f"POST {place} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def _rest(reader: asyncio.StreamReader) -> None:
    """To the end of the answer, so that the other side can finish in peace."""
    length: int | None = None
    while (line := (await reader.readline()).strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length is None:
        await reader.read()
    else:
        await reader.readexactly(length)
