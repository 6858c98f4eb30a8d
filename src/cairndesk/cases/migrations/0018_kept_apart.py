import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0017_made_by_software'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptApart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('earlier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='apart_out', to='cases.case')),
                ('later', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='apart_in', to='cases.case')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('earlier', 'later'), name='kept_apart_once'), models.CheckConstraint(condition=models.Q(('earlier__lt', models.F('later'))), name='apart_written_one_way')],
            },
        ),
    ]
