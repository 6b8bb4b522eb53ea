"""Writes the golden pickles into a folder, a file each: where the fuzzer begins.

usage: seeds.py FOLDER
"""
import base64
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
golden = pathlib.Path(__file__).parents[2] / 'PickleTests' / 'Golden'
pickles = []
for name in ('daskperiment.jsonl', 'pythons.jsonl'):
    for line in (golden / name).read_text().splitlines():
        entry = json.loads(line)
        pickles += [one['pickle'] for one in entry.get('pickles', [entry])]
for number, pickle in enumerate(sorted(set(pickles))):
    (folder / f'golden-{number}').write_bytes(base64.b64decode(pickle))
