"""What the kinds of request about a case have in common."""

from cairndesk.accounts.acts import Act
from cairndesk.accounts.models import Request
from cairndesk.cases.models import Case


class OfCase(Act):
    """A request that the stage of its case bounds."""

    def case(self, request: Request) -> Case:
        """The case as the database has it now."""
        return Case.objects.select_related("organisation").get(pk=request.case or request.subject)

    def stage(self, request: Request) -> str:
        return self.case(request).stage
