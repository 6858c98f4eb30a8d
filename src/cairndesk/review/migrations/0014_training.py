"""Invented cases, and how people who train judged them; what was answered and which cases were in force is append-only."""

from importlib import import_module

import cairndesk.lib.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

triggers = import_module("cairndesk.review.migrations.0002_append_only")
TABLES = ("review_calibrationtext", "review_traininganswer")


def switching(statements):
    def switch(apps, schema_editor):
        for table in TABLES:
            for sql in statements(table)[schema_editor.connection.vendor]:
                schema_editor.execute(sql)

    return switch


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_duty_reads'),
        ('review', '0013_take_back'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Training',
            fields=[
                ('id', models.UUIDField(default=cairndesk.lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('read', models.JSONField(default=list)),
                ('begun_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('signed_by', models.CharField(blank=True, max_length=40)),
                ('until', models.DateField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trainings', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['begun_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='TrainingAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.CharField(max_length=20)),
                ('level', models.PositiveSmallIntegerField()),
                ('harm', models.CharField(max_length=48)),
                ('first', models.CharField(choices=[('safeguard', 'safeguard'), ('welfare', 'welfare'), ('preserve', 'preserve'), ('remove', 'remove'), ('authority', 'authority'), ('partner', 'partner'), ('support', 'support')], max_length=20)),
                ('at', models.DateTimeField()),
                ('training', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='review.training')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='CalibrationText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'number'), name='calibration_text_once'), models.CheckConstraint(condition=models.Q(('number__gt', 1000)), name='calibration_text_is_not_the_shipped_one')],
            },
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('person',), name='one_training_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.CheckConstraint(condition=models.Q(('signed_by', models.F('holder')), _negated=True), name='training_is_signed_off_by_another'),
        ),
        migrations.AddConstraint(
            model_name='training',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_by', ''), ('until', None)), models.Q(('asked_at__isnull', False), ('ended_at__isnull', False), ('until__isnull', False)), _connector='OR'), name='training_is_signed_off_when_asked'),
        ),
        migrations.AddConstraint(
            model_name='traininganswer',
            constraint=models.UniqueConstraint(fields=('training', 'case'), name='invented_case_answered_once'),
        ),
        migrations.AddConstraint(
            model_name='traininganswer',
            constraint=models.CheckConstraint(condition=models.Q(('level__range', (1, 5))), name='trained_level_one_to_five'),
        ),
        migrations.RunPython(switching(triggers.on), switching(triggers.off)),
    ]
