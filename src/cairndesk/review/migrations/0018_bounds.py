"""What each organisation says of looking, append-only: days are judged by what counted then."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

triggers = import_module("cairndesk.review.migrations.0002_append_only")
TABLE = "review_bounds"


def switching(statements):
    def switch(apps, schema_editor):
        for sql in statements(TABLE)[schema_editor.connection.vendor]:
            schema_editor.execute(sql)

    return switch


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0024_sharing_table_request'),
        ('review', '0017_differs'),
    ]

    operations = [
        migrations.AddField(
            model_name='comfort',
            name='day',
            field=models.PositiveSmallIntegerField(default=1440),
        ),
        migrations.AddField(
            model_name='comfort',
            name='stretch',
            field=models.PositiveSmallIntegerField(default=1440),
        ),
        migrations.CreateModel(
            name='Bounds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.PositiveSmallIntegerField()),
                ('blur', models.PositiveSmallIntegerField()),
                ('is_grey', models.BooleanField(default=True)),
                ('asks_twice', models.BooleanField(default=False)),
                ('no_video', models.BooleanField(default=False)),
                ('no_clear', models.BooleanField(default=False)),
                ('day', models.PositiveSmallIntegerField(default=1440)),
                ('stretch', models.PositiveSmallIntegerField(default=1440)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('actor', ''), _negated=True), name='bounds_are_set_by_a_person')],
            },
        ),
        migrations.RunPython(switching(triggers.on), switching(triggers.off)),
    ]
