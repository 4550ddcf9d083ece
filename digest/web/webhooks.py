"""Where providers report to: `/webhooks/KIND`. 401 for what is not theirs; 2xx only once it is committed."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, RawBody
from sqlalchemy.exc import DBAPIError

from digest.errors import DigestError
from digest.feedback.webhooks import ForgedError, Webhook
from digest.intake import Intake

_MAX_BODY_BYTES = 2_000_000
"""SendGrid collects events up to 768 KB."""

log = logging.getLogger(__name__)


def webhook_route(intake: Intake, webhooks: Mapping[str, Webhook]) -> HTTPRouteHandler:
    """The handler for every kind of webhook that is set up."""

    @post("/webhooks/{kind:str}", sync_to_thread=True, request_max_body_size=_MAX_BODY_BYTES)
    def take_events(kind: FromPath[str], body: RawBody, request: Request[Any, Any, Any]) -> Response[str]:
        """Record what a provider reports."""
        webhook = webhooks.get(kind)
        if webhook is None:
            return _answer(HTTPStatus.NOT_FOUND)
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            events = webhook.read(headers, bytes(body), intake.clock())
            intake.take_events(events, webhook.kind)
        except ForgedError:
            return _answer(HTTPStatus.UNAUTHORIZED)
        except ValueError:
            return _answer(HTTPStatus.BAD_REQUEST)
        except (DBAPIError, DigestError) as error:
            # What it was about is not logged: the statement would hold addresses.
            log.error("a report of %s could not be recorded: %s", kind, type(error).__name__)
            return _answer(HTTPStatus.SERVICE_UNAVAILABLE)
        return _answer(HTTPStatus.OK)

    return take_events


def _answer(status: HTTPStatus) -> Response[str]:
    return Response(f"{status.phrase}\n", status_code=status, media_type=MediaType.TEXT)
