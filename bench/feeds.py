"""A web server with any number of feeds, for bench/sources.py: `python -m bench.feeds`. It prints its port.

Each feed has 20 items, an ETag, and ten new items after every POST.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

NEW_ITEMS = 10
_WORDS = "Washington should think twice before it promises what it cannot keep, and allies should plan for that. "


class _Feeds:
    def __init__(self) -> None:
        self._round = 1

    async def read(self, request: web.Request) -> web.Response:
        etag = f'"{self._round}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        body = _feed(request.path, self._round)
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": etag})

    async def publish(self, _request: web.Request) -> web.Response:
        self._round += 1
        return web.Response()


def _feed(path: str, newest_round: int) -> bytes:
    items = [
        _item(path, number) for number in range(NEW_ITEMS * (newest_round + 1), NEW_ITEMS * (newest_round - 1), -1)
    ]
    head = f"<title>A think tank</title><link>https://www.example.org{path}</link>"
    return f"<?xml version='1.0'?><rss version='2.0'><channel>{head}{''.join(items)}</channel></rss>".encode()


def _item(path: str, number: int) -> str:
    url = f"https://www.example.org{path}/{number}"
    published = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number))
    return (
        f"<item><title>Piece {number} of {path}</title><link>{url}</link><guid>{url}</guid>"
        f"<pubDate>{published}</pubDate>"
        f"<category>Asia</category><category>NATO</category><author>desk@example.org (Ann Lee)</author>"
        f"<description>{'&lt;p&gt;' + _WORDS * 12 + '&lt;/p&gt;'}</description></item>"
    )


async def _serve() -> None:
    feeds = _Feeds()
    app = web.Application()
    app.router.add_get("/{path:.*}", feeds.read)
    app.router.add_post("/", feeds.publish)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
