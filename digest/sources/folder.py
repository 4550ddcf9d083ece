"""A folder of Markdown and HTML files, each with its facts as YAML front matter or as a page has them."""

import asyncio
import hashlib
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from digest.errors import SourceError
from digest.sources._file import BadFileError, read_file
from digest.types import Fetch, Found, FoundArticle, FoundEvent, Page, SourceContext, Validators

_SAMPLE = "sample:"
_ENDINGS = (".md", ".html", ".htm")


class FolderSource:
    """A folder with its subfolders; every `.md` and `.html` file in it is an article or an event."""

    kind: ClassVar[str] = "folder"

    class Settings(BaseModel):
        """Its keys in config.yaml. A relative `path` counts from config.yaml; `sample:` is the week we come with."""

        model_config = ConfigDict(extra="forbid")

        path: str

    def __init__(self, settings: Settings, context: SourceContext) -> None:
        is_sample = settings.path == _SAMPLE
        self._folder = Path(__file__).parent.parent / "sample" if is_sample else context.folder / settings.path
        self._zone = context.zone

    async def collect(self, fetch: Fetch, validators: Validators) -> Found:
        """Read the files, if any has changed. Raises SourceError where the folder cannot be read."""
        return await asyncio.to_thread(self._read, validators)

    @classmethod
    def recognises(cls, page: Page) -> bool:
        """A folder is no page."""
        return False

    def _read(self, validators: Validators) -> Found:
        files = self._contents()
        digest = hashlib.sha256()
        for name, content in files.items():
            digest.update(f"{name} {len(content)} ".encode() + content)
        etag = digest.hexdigest()
        if etag == validators.etag:
            return Found(validators=validators, unchanged=True)
        found: list[FoundArticle | FoundEvent] = []
        problems: list[str] = []
        for name, content in files.items():
            try:
                found += read_file(name, content, self._zone)
            except BadFileError as error:
                problems.append(f"{name}: {error}")
        return Found(
            articles=tuple(item for item in found if isinstance(item, FoundArticle)),
            events=tuple(item for item in found if isinstance(item, FoundEvent)),
            validators=Validators(etag=etag),
            problems=tuple(problems),
            present=None if problems else frozenset(item.key for item in found),
        )

    def _contents(self) -> dict[str, bytes]:
        if not self._folder.is_dir():
            raise SourceError(f"there is no folder {self._folder}; make it, or correct `path`")
        try:
            paths = sorted(
                path for path in self._folder.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()
            )
            return {path.relative_to(self._folder).as_posix(): path.read_bytes() for path in paths}
        except OSError as error:
            raise SourceError(f"{error.filename} cannot be read: {error.strerror}") from error
