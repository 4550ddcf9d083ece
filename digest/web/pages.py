"""Renders the readers' pages. Whatever is put into them is escaped."""

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from litestar import MediaType, Response

from digest.web.door import Door


class Pages:
    """The templates of the pages, compiled once."""

    def __init__(self, door: Door) -> None:
        self._environment = Environment(
            loader=DictLoader(dict(door.templates)),
            autoescape=select_autoescape(default=True, disabled_extensions=("css",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(brand=door.brand, path=door.path)

    @property
    def style(self) -> str:
        """The one style sheet, with the site's own colours and fonts. config.yaml's are checked to be no more."""
        return self.text("style.css")

    def text(self, template: str, **values: object) -> str:
        """What a template from `web/<template>` makes of values."""
        return self._environment.get_template(f"web/{template}").render(values)

    def render(self, template: str, *, status: int = 200, **values: object) -> Response[str]:
        """A page from `web/<template>`."""
        return Response(self.text(template, **values), status_code=status, media_type=MediaType.HTML)

    def message(self, title: str, *paragraphs: str, status: int = 200) -> Response[str]:
        """A page that only says something."""
        return self.render("message.html", title=title, paragraphs=paragraphs, status=status)

    def stranger(self) -> Response[str]:
        """The answer to every token that is not ours, or not any more: it tells nobody anything."""
        return self.message(
            "This link does not work",
            "It may have been cut short on its way, or it stood in a letter shown in the browser, whose links are "
            "nobody's. Please open it from the letter in your mailbox, or copy the whole of it.",
            status=404,
        )
