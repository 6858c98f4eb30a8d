"""The table whose rows have moved; a step of its own, because PostgreSQL changes no table whose rows are still being written."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_one_request")]
    operations = [migrations.DeleteModel("HoldLift")]
