"""The machine doors of all rooms, as one documented interface under /api/v1/."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from cairndesk.exchange.api import router as lists
from cairndesk.intake.api import router as reports
from cairndesk.lib import errors
from cairndesk.response.api import router as referrals
from cairndesk.signals import described


class Interface(NinjaAPI):
    """The doors that the framework keeps, described together with the look-up door beside it."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The interface description."""
        found = super().get_openapi_schema(**options)
        described.add_to(found)
        return found


# Who may enter is decided by the policy of the door, as for every page.
api = Interface(
    title="Cairndesk",
    version="1",
    description="Hand over reports of child sexual exploitation and abuse, and ask after your own. Send a file only to a door that takes one.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("", reports)
api.add_router("/lists", lists)
api.add_router("", referrals)


def problem(status: int, code: str, title: str, detail: str, **more: object) -> HttpResponse:
    """A problem document (RFC 9457)."""
    return JsonResponse(errors.problem(status, code, title, detail, **more), status=status, content_type="application/problem+json")


@api.exception_handler(ValidationError)
def unprocessable(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    """Names every field that does not fit and why; what was sent is not repeated, because it may be sealed matter."""
    fields = [{"field": ".".join(map(str, one["loc"][1:])) or str(one["loc"][0]), "problem": one["msg"]} for one in failure.errors]
    return problem(422, "api.unprocessable", "Something is missing or does not fit", "See `errors` for each field.", errors=fields)


@api.exception_handler(HttpError)
def refused(request: HttpRequest, failure: HttpError) -> HttpResponse:
    """A body that is not JSON, and the like."""
    return problem(failure.status_code, "api.refused", "This request cannot be read", str(failure))
