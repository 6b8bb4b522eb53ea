"""Writes metrics files into a folder, a file each, behind the two bytes that say how they are read: where the fuzzer begins.

usage: seeds.py FOLDER
"""
import pathlib
import sys

SEEDS = [
    'step,loss,acc\n1,0.5,1\n2,0.25,2\n3,,3\n',
    'epoch;loss\n0;1\n1;2\n',
    'loss\tacc\n1\t2\n3\t4\n',
    'loss\n0.5\nnan\ninf\n-1e300\n1e400\n',
    'step,loss,note\n1,2,"a, b"\n2,3,"two\nlines"\n3,4,""""\n',
    'step,a\n1,1\n2,2\n1,3\n2,4\n0,5\n',
    '{"step": 1, "loss": 0.5}\n{"step": 2, "loss": NaN, "acc": 1}\n\n{"step": 3}\n',
    '{"a": {"b": 1}, "c": [1, 2], "d": "x", "e": true, "f": null}\n{"a": {"b": 2}}\n',
    '{"loss": 1}\n{"loss": 2}\nnot json\n{"loss": 3',
    '\ufeffstep,loss\r\n1,2\r\n2,3\r\n',
    'step,loss,loss,\n1,2,3,4\n1,2\n1,2,3,4,5\n', '', '\n\n', 'a,b', '"a,b\n1,2\n', '1,2\n3,4\n', 'step,loss\n1.5,2\n-3,4\n',
]

folder = pathlib.Path(sys.argv[1])
for number, seed in enumerate(SEEDS):
    for reading in (b'\x00\x00', b'\xff\xff', b'\x07\x02'):
        (folder / f'metrics-{number}-{reading[0]}').write_bytes(reading + seed.encode())
