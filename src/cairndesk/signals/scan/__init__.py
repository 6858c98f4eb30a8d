"""Whole archives: every file of a folder or a manifest hashed behind walls, met with the lists, and laid down as a table.

    source.py    which files
    look.py      one file: what is known of it without any list; runs anywhere, also on another machine of a cluster
    many.py      many files, on all cores of this machine or on a Dask cluster
    results.py   rows as Parquet, in parts that survive a kill
    keep.py      what came of each file, met with the lists, into the results

No file is copied or moved. Lists never leave the process that asks them: a cluster only hashes.
"""
