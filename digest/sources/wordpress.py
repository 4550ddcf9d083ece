"""WordPress sites, through their REST interface (https://developer.wordpress.org/rest-api/reference/posts/)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from digest.errors import FetchError, SourceError
from digest.sources._apart import apart
from digest.sources._dates import parse_date
from digest.sources._members import Record
from digest.sources._posts import (
    FIELDS,
    LISTED,
    Lookup,
    PassedOverError,
    ids_in,
    is_protected,
    key_of,
    mark_of,
    read_images,
    read_names,
    to_found,
)
from digest.sources._rest import Records, RestApi
from digest.sources.links import WebAddress
from digest.types import Fetch, Found, FoundArticle, Page, SourceContext, Validators

_ANNOUNCED = re.compile(rb"""<link[^>]{0,200}rel=["']https://api\.w\.org/["']""", re.IGNORECASE)
_LOCAL = ("localhost", "127.0.0.1", "::1")
_WINDOW = timedelta(days=92)
"""How far back a letter can reach: what is older than that beside the newest post is not listed at each visit."""
_TAXONOMIES = ("categories", "tags")
_MOST_TAXONOMIES = 20
_POSTS_AT_ONCE = 100
_UTC = ZoneInfo("UTC")


class WordPressSource:
    """The posts of a WordPress site, of its own types too."""

    kind: ClassVar[str] = "wordpress"

    class Settings(BaseModel):
        """Its keys in config.yaml. `url` is the site's own address."""

        model_config = ConfigDict(extra="forbid")

        url: WebAddress
        types: Annotated[tuple[str, ...], Field(min_length=1)] = ("posts",)
        """As they stand in addresses below /wp-json/wp/v2/."""
        statuses: Annotated[
            tuple[Literal["publish", "future", "draft", "pending", "private"], ...], Field(min_length=1)
        ] = ("publish",)
        username: str = ""
        password: SecretStr | None = None
        """An application password: it opens the interface of a site that is closed, and its drafts."""

        @model_validator(mode="after")
        def _login_is_whole_and_safe(self) -> Self:
            if bool(self.username) != (self.password is not None):
                raise ValueError("username and password go together; give both or neither")
            address = urlsplit(self.url)
            if self.username and address.scheme != "https" and address.hostname not in _LOCAL:
                raise ValueError("a password is only sent over https; write https:// in url")
            if self.statuses != ("publish",) and not self.username:
                raise ValueError("only who logs in sees drafts; give username and password too")
            return self

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        self._url = settings.url
        self._types = settings.types
        self._query = {} if settings.statuses == ("publish",) else {"status": ",".join(settings.statuses)}
        password = settings.password
        self._login = (settings.username, password.get_secret_value()) if password else None
        self._zone = context.zone
        self._clock = context.clock

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Ask what there is, and then for the text of those posts that are new or have changed.

        WordPress sends no validators. Ours are the marks of all posts that were listed, which also shows a post that
        was scheduled long ago: its date and its last change are older than the last visit, and it is new all the same.

        Raises SourceError where the first page of posts cannot be read; what fails later is a problem in words.
        """
        api = RestApi(fetch, self._url, self._login)
        known = frozenset(validators.etag.split())
        reading = _Reading(api, self._clock())
        for name in self._types:
            await reading.read(name, self._query, known)
        if known and reading.marks == known and not reading.problems:
            return Found(validators=validators, unchanged=True)
        lookup = await reading.lookup()
        articles = await self._articles(reading, lookup)
        done = Validators(etag=" ".join(sorted(reading.marks))) if reading.is_complete else validators
        return Found(tuple(articles), validators=done, problems=tuple(reading.problems), present=reading.present)

    async def _articles(self, reading: "_Reading", lookup: Lookup) -> list[FoundArticle]:
        posts = list(reading.posts.values())
        articles: list[FoundArticle] = []
        for start in range(0, len(posts), _POSTS_AT_ONCE):
            some = posts[start : start + _POSTS_AT_ONCE]
            found, problems = await apart(_understand, some, self._url, self._zone, lookup)
            articles += found
            reading.problems += problems
        return articles

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """Whether a page is of a WordPress site: its home page, or an answer of its REST interface."""
        if ("/wp-json" in page.url or "rest_route=" in page.url) and page.body.lstrip()[:1] in (b"{", b"["):
            return b"wp/v2" in page.body.replace(b"\\/", b"/")
        return bool(_ANNOUNCED.search(page.body)) or "https://api.w.org/" in page.headers.get("link", "")


def _understand(posts: list[Record], site: str, zone: ZoneInfo, lookup: Lookup) -> tuple[list[FoundArticle], list[str]]:
    """The articles that posts stand for, and which were passed over."""
    articles, problems = [], []
    for post in posts:
        try:
            articles.append(to_found(post, site, zone, lookup))
        except PassedOverError as error:
            problems.append(f"post {post['id']} {error}")
    return articles, problems


@dataclass(slots=True)
class _Reading:
    """One visit, while it lasts."""

    api: RestApi
    now: datetime
    listed: dict[int, Record] = field(default_factory=dict)
    posts: dict[int, Record] = field(default_factory=dict)
    """Those that are new or have changed, whole."""
    problems: list[str] = field(default_factory=list)
    is_complete: bool = True
    """Whether nothing is left to be asked again next time."""
    taxonomies: Sequence[str] | None = None

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(map(mark_of, self.listed.values()))

    @property
    def present(self) -> frozenset[str] | None:
        if not self.is_complete:
            return None
        return frozenset(key_of(post) for post in self.listed.values() if not is_protected(post))

    async def read(self, resource: str, query: dict[str, str], known: frozenset[str]) -> None:
        """One type of posts."""
        if not known:
            listed = await self.api.newest(resource, await self._fields(), query)
            self.posts |= listed.by_id
        else:
            listed = await self.api.newest(resource, LISTED, query, until=lambda posts: _reach_back(posts, self.now))
            wanted = {number for number, post in listed.by_id.items() if mark_of(post) not in known}
            self.posts |= await self._whole(resource, query, wanted)
        self.listed |= listed.by_id
        self._note(listed)

    async def _whole(self, resource: str, query: dict[str, str], wanted: set[int]) -> dict[int, Record]:
        if not wanted:
            return {}
        found = await self.api.included(resource, wanted, await self._fields(), query)
        if wanted - found.keys():  # withdrawn meanwhile, or the site does not know how to give single ones
            found = (await self.api.newest(resource, await self._fields(), query)).by_id
        return {number: post for number, post in found.items() if number in wanted}

    def _note(self, listed: Records) -> None:
        if listed.problem:
            self.problems.append(listed.problem)
        self.is_complete = self.is_complete and listed.whole

    async def _fields(self) -> Sequence[str]:
        """What to ask of a post: its terms too, of whatever taxonomies the site has."""
        if self.taxonomies is None:
            described = await self.api.objects("taxonomies")
            bases = [one.get("rest_base") for one in described.values() if isinstance(one, dict)]
            named = [base for base in bases if isinstance(base, str) and re.fullmatch(r"[\w-]{1,60}", base, re.ASCII)]
            self.taxonomies = list(dict.fromkeys([*_TAXONOMIES, *named]))[:_MOST_TAXONOMIES]
        return (*FIELDS, *self.taxonomies)

    async def lookup(self) -> Lookup:
        """Terms, users and images, each asked once for all posts."""
        posts = list(self.posts.values())
        return Lookup(
            terms={name: read_names(await self._named(name, posts, name, "name")) for name in self.taxonomies or ()},
            users=read_names(await self._named("users", posts, "author", "name")),
            images=read_images(await self._named("media", _without_image(posts), "featured_media", "source_url")),
        )

    async def _named(self, resource: str, posts: Iterable[Record], name: str, wanted: str) -> dict[int, Record]:
        ids = ids_in(posts, name)
        try:
            return await self.api.included(resource, ids, ("id", wanted)) if ids else {}
        except SourceError as error:
            # Many sites hide their users on purpose; that is not worth a word at every visit.
            if not (
                resource in ("users", "media") and isinstance(error, FetchError) and error.status in (401, 403, 404)
            ):
                self.problems.append(f"the names of its {resource} are missing: {error}")
                self.is_complete = False
            return {}


def _without_image(posts: Iterable[Record]) -> list[Record]:
    return [post for post in posts if not (post.get("jetpack_featured_media_url") or post.get("yoast_head_json"))]


def _reach_back(posts: Iterable[Record], now: datetime) -> bool:
    """Whether posts reach back so far, from the newest on, that what is older can be in no letter.

    Of a site that has been still for long, the newest counts; one that is dated ahead does not.
    """
    dates = [date for post in posts if (date := parse_date(f"{post.get('date_gmt')}Z", _UTC))]
    return bool(dates) and min(now, max(dates)) - min(dates) > _WINDOW
