"""What tests share among threads lets one write while another reads, as a file of a desk does."""

import pytest
from django.db import connection
from tests.support.threads import in_threads

from cairndesk.accounts.models import Organisation
from cairndesk.lib import clock


@pytest.mark.django_db(transaction=True)
def test_who_reads_a_table_shuts_out_nobody_who_writes_there() -> None:
    def write() -> int:
        for slug in ("one", "two"):
            Organisation.objects.create(slug=slug, name=slug, created_at=clock.now())
        return Organisation.objects.update(name="Other")

    assert write() == 2
    with connection.cursor() as reading:
        reading.execute("SELECT name FROM accounts_organisation")
        assert reading.fetchone() is not None
        assert in_threads(lambda: Organisation.objects.update(name="Third")) == [2]
