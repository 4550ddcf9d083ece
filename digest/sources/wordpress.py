"""WordPress sites, through their REST interface (https://developer.wordpress.org/rest-api/reference/posts/)."""

import re
from typing import ClassVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict

from digest.errors import FetchError, SourceError
from digest.sources._posts import Names, PassedOverError, Record, read_names, read_records, to_found
from digest.sources.links import WebAddress
from digest.types import Fetch, Found, Page, SourceContext, Validators

_ANNOUNCED = re.compile(rb"""<link[^>]{0,200}rel=["']https://api\.w\.org/["']""", re.IGNORECASE)
# The newest 5,000 posts: what is older is in no letter.
_MOST_PAGES = 50
_POST_FIELDS = (
    "id,date,date_gmt,link,title,content,excerpt,author,categories,tags,jetpack_featured_media_url,"
    "yoast_head_json.author,yoast_head_json.og_image"
)


class WordPressSource:
    """The posts of a WordPress site."""

    kind: ClassVar[str] = "wordpress"

    class Settings(BaseModel):
        """Its keys in config.yaml. `url` is the site's own address."""

        model_config = ConfigDict(extra="forbid")

        url: WebAddress

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._site = settings.url.partition("/wp-json")[0].rstrip("/")
        self._zone = context.zone

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Ask for all posts, and once for the names of their categories, tags and authors.

        Raises SourceError where the first page of posts cannot be read; what fails later is a problem in words.
        WordPress sends no validators, so there is no conditional request.
        """
        posts, problems, whole = await self._records(fetch, "posts", _POST_FIELDS)
        names = [await self._names(fetch, resource, problems) for resource in ("categories", "tags", "users")]
        articles = []
        for post in posts.values():
            try:
                articles.append(to_found(post, self._site, self._zone, *names))
            except PassedOverError as error:
                problems.append(f"post {post['id']} {error}")
        return Found(tuple(articles), problems=tuple(problems), whole=whole)

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """Whether a page is of a WordPress site: its home page, or an answer of its REST interface."""
        if "/wp-json" in page.url and page.body.lstrip()[:1] in (b"{", b"["):
            return b"wp/v2" in page.body.replace(b"\\/", b"/")
        return bool(_ANNOUNCED.search(page.body)) or "https://api.w.org/" in page.headers.get("link", "")

    async def _names(self, fetch: Fetch, resource: str, problems: list[str]) -> Names:
        try:
            records, more, _ = await self._records(fetch, resource, "id,name")
        except SourceError as error:
            # Many sites hide their users on purpose; that is not worth a word at every visit.
            if not (resource == "users" and isinstance(error, FetchError) and error.status in (401, 403, 404)):
                problems.append(f"the names of its {resource} are missing: {error}")
            return {}
        problems.extend(more)
        return read_names(records)

    async def _records(self, fetch: Fetch, resource: str, fields: str) -> tuple[dict[int, Record], list[str], bool]:
        """All pages of a resource, what went wrong after the first, and whether it is all there is.

        Past the end, WordPress answers 400.
        """
        found: dict[int, Record] = {}
        for number in range(1, _MOST_PAGES + 1):
            query = urlencode({"per_page": 100, "page": number, "_fields": fields}, safe=",")
            url = f"{self._site}/wp-json/wp/v2/{resource}?{query}"
            try:
                page = await fetch(url, accept=(400,) if number > 1 else ())
                records = read_records(page) if page.status < 400 else {}
            except SourceError as error:
                if number == 1:
                    raise
                return found, [f"only the first {len(found)} {resource} could be read: {error}"], False
            if records and records.keys() <= found.keys():
                return found, [], False  # the same page for ever: it knows nothing of pages
            found = records | found
            if not records or page.headers.get("x-wp-totalpages") == str(number):
                break
        return found, [], True
