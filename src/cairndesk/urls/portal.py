"""Every door of the public portal."""

from cairndesk.intake.portal import doors
from cairndesk.intake.portal.urls import urlpatterns

handler400 = handler404 = doors.lost
handler500 = doors.sorry

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]
