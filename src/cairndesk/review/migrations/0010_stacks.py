"""Decisions about stacks, and of which classification another was taken over.

A table is written anew on SQLite to get a column, and its triggers go with the old one: they are put up again.
"""

from importlib import import_module

import cairndesk.lib.ids
import django.db.models.deletion
from django.db import migrations, models


TABLE = "review_classification"
triggers = import_module("cairndesk.review.migrations.0002_append_only")


def switch_on(apps, schema_editor):
    for sql in triggers.on(TABLE)[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def switch_off(apps, schema_editor):
    for sql in triggers.off(TABLE)[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0018_kept_apart'),
        ('review', '0009_grades'),
    ]

    operations = [
        migrations.RunPython(switch_off, switch_on),
        migrations.AddField(
            model_name='classification',
            name='taken_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.classification'),
        ),
        migrations.RunPython(switch_on, switch_off),
        migrations.CreateModel(
            name='StackDecision',
            fields=[
                ('id', models.UUIDField(default=cairndesk.lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(blank=True, max_length=48)),
                ('actor', models.CharField(max_length=40)),
                ('proof', models.CharField(max_length=12)),
                ('made_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stack_decisions', to='cases.case')),
                ('taken', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.classification')),
            ],
            options={
                'ordering': ['made_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='StackMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('because', models.JSONField(default=list)),
                ('seen', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waits', 'waits'), ('followed', 'followed'), ('stayed', 'stayed')], max_length=8)),
                ('why', models.CharField(blank=True, choices=[('emergency', 'emergency'), ('danger', 'danger'), ('new_sign', 'new_sign'), ('child_actor', 'child_actor'), ('told_itself', 'told_itself'), ('unread', 'unread'), ('claimed', 'claimed'), ('moved_on', 'moved_on'), ('elsewhere', 'elsewhere'), ('changed', 'changed'), ('left_out', 'left_out'), ('taken_back', 'taken_back'), ('not_allowed', 'not_allowed'), ('refused', 'refused')], max_length=12)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stack_memberships', to='cases.case')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='review.stackdecision')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddIndex(
            model_name='stackdecision',
            index=models.Index(condition=models.Q(('done_at', None), ('withdrawn_at', None)), fields=['due_at'], name='stack_decisions_to_do'),
        ),
        migrations.AddConstraint(
            model_name='stackdecision',
            constraint=models.CheckConstraint(condition=models.Q(('taken', None), ('kind', ''), _connector='XOR'), name='stack_decision_takes_over_or_links'),
        ),
        migrations.AddConstraint(
            model_name='stackdecision',
            constraint=models.CheckConstraint(condition=models.Q(('actor', ''), _negated=True), name='stack_decision_is_made_by_a_person'),
        ),
        migrations.AddIndex(
            model_name='stackmember',
            index=models.Index(fields=['decision', 'state'], name='stack_members_to_do'),
        ),
        migrations.AddConstraint(
            model_name='stackmember',
            constraint=models.UniqueConstraint(fields=('decision', 'case'), name='stack_member_once'),
        ),
        migrations.AddConstraint(
            model_name='stackmember',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waits')), fields=('case',), name='stack_member_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='stackmember',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'stayed'), ('why', ''), _connector='XOR'), name='stack_member_that_stayed_says_why'),
        ),
    ]
