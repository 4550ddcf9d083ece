"""Renders the readers' pages. Whatever is put into them is escaped."""

from jinja2 import DictLoader, Environment, StrictUndefined
from litestar import MediaType, Response

from digest.web.door import Door


class Pages:
    """The templates of the pages, compiled once."""

    def __init__(self, door: Door) -> None:
        self._environment = Environment(
            loader=DictLoader(dict(door.templates)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(brand=door.brand, path=door.path)

    def render(self, template: str, *, status: int = 200, **values: object) -> Response[str]:
        """A page from `web/<template>`."""
        html = self._environment.get_template(f"web/{template}").render(values)
        return Response(html, status_code=status, media_type=MediaType.HTML)

    def message(self, title: str, *paragraphs: str, status: int = 200) -> Response[str]:
        """A page that only says something."""
        return self.render("message.html", title=title, paragraphs=paragraphs, status=status)

    def stranger(self) -> Response[str]:
        """The answer to every token that is not ours, or not any more: it tells nobody anything."""
        return self.message(
            "This link does not work",
            "It may have been cut short on its way. Please open it from the letter again, or copy the whole of it.",
            status=404,
        )
