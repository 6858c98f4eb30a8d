import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0018_kept_apart'),
        ('triage', '0007_stacked'),
    ]

    operations = [
        migrations.CreateModel(
            name='KnownViral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('because', models.CharField(choices=[('many_reports', 'many_reports'), ('to_warn', 'to_warn'), ('told_by_others', 'told_by_others')], max_length=16)),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('taken_back_at', models.DateTimeField(blank=True, null=True)),
                ('taken_back_by', models.CharField(blank=True, max_length=40)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='viral', to='cases.case')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('taken_back_at', None)), fields=('case',), name='viral_once'), models.CheckConstraint(condition=models.Q(('taken_back_at', None), models.Q(('taken_back_by', ''), _negated=True), _connector='XOR'), name='viral_is_taken_back_by_a_person')],
            },
        ),
    ]
