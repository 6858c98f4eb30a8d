"""Blind codings, append-only like all that people saw, and the version of a case that settles one.

A table is written anew on SQLite to get a column, and its triggers go with the old one: they are put up again.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

triggers = import_module("cairndesk.review.migrations.0002_append_only")


def switching(table, statements):
    def switch(apps, schema_editor):
        for sql in statements(table)[schema_editor.connection.vendor]:
            schema_editor.execute(sql)

    return switch


def on(table):
    return switching(table, triggers.on)


def off(table):
    return switching(table, triggers.off)


class Migration(migrations.Migration):
    dependencies = [
        ('custody', '0011_in_order_by_index'),
        ('review', '0011_exposure'),
    ]

    operations = [
        migrations.CreateModel(
            name='BlindCoding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('features', models.JSONField(default=dict)),
                ('harms', models.JSONField(default=list)),
                ('taxonomy', models.CharField(max_length=20)),
                ('severity', models.CharField(max_length=20)),
                ('is_uncertain', models.BooleanField(default=False)),
                ('grades', models.JSONField(default=list)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('first', models.CharField(max_length=40)),
                ('scheme', models.CharField(max_length=40)),
                ('scheme_version', models.CharField(max_length=20)),
                ('differs', models.JSONField(default=list)),
                ('classification', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='blind', to='review.classification')),
                ('note', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='custody.sealeditem')),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.RunPython(off("review_classification"), on("review_classification")),
        migrations.AddField(
            model_name='classification',
            name='settles_coding',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settled', to='review.blindcoding'),
        ),
        migrations.RunPython(on("review_classification"), off("review_classification")),
        migrations.AddConstraint(
            model_name='blindcoding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('actor', models.F('first')), _negated=True), models.Q(('actor', ''), _negated=True)), name='blind_coding_by_another_person'),
        ),
        migrations.RunPython(on("review_blindcoding"), off("review_blindcoding")),
    ]
