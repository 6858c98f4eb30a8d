"""The machine doors of all rooms, as one documented interface under /api/v1/."""

from ninja import NinjaAPI

from cairndesk.accounts.queries import api_sender
from cairndesk.intake.api import router as reports

api = NinjaAPI(
    title="Cairndesk",
    version="1",
    description="Hand over reports of child sexual exploitation and abuse, and ask after your own. Never send a file.",
    auth=api_sender,
    docs_url=None,
    urls_namespace="api",
)
api.add_router("", reports)
