import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0018_kept_apart'),
        ('triage', '0006_given'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stacked',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='stacked', serialize=False, to='cases.case')),
                ('because', models.JSONField(default=list)),
                ('distance', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('at', models.DateTimeField()),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stack', to='cases.case')),
            ],
            options={
                'ordering': ['at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('case', models.F('lead')), _negated=True), name='stacked_under_another')],
            },
        ),
    ]
