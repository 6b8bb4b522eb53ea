"""Writes markers into a folder, a file each: where the fuzzer begins.

usage: seeds.py FOLDER
"""
import pathlib
import sys

SEEDS = [
    '',
    'parameters: {lr: 0.1, depth: 3, name: adam, on: true, none: null}',
    'parameters:\n  lr: 1e-3\n  layers: [64, 32]\n  nested: {a: {b: [1, {c: 2}]}}\nresult: 0.93\n',
    '{"parameters": {"lr": 0.1, "s": "\\ud83d\\ude00"}, "result": NaN, "metrics": {"loss": [3, 2.5, Infinity]}}',
    'state: running\npid: 1234\nhost: box\nseed: 7\ntags: [a, b]\ndescription: a run\n',
    'run: base\nattempt: 2\ngroup: sweep\nparent: other\nexperiment: e\nstate: failed\nerror: {type: E, message: m}\n',
    'started: 2026-01-02 03:04:05.678901+02:00\nfinished: 2026-01-02T04:00:00Z\nresult: {acc: 1, f1: 0.5}\n',
    'metrics: {acc: 0.5, loss: [1, 2, 3], late: [[1, 0.5], [5, 0.25]], file: {file: m.csv, epoch: e, value: v}}\n',
    'metrics_file: log.csv\nparameters_file: [a.yaml, b.json]\ncode: ["*.py", src/**]\nlog: out.log\n',
    'persist: {model: {file: m.pkl}, score: 3}\nsteps:\n- {name: load, args: [1, a], result: 2}\n- {name: fit}\n',
    'inputs: [a.csv, {path: b.csv}]\noutputs: model.bin\npython: .venv/bin/python\ncommand: [python, train.py]\n',
    'unknown: {kept: [1, 2]}\nparameters: {a: 0x10, b: 0o7, c: 1_000, d: .inf, e: ~, f: "x", g: 2020-01-01}\n',
    "---\nparameters: !!str x\n", "a: &a 1\nb: *a\n", "[1, 2]", "- a\n- b\n", "a: |\n  text\n  more\nb: >-\n  folded\n",
    '\ufeffparameters: {é: "\\x41\\u00e9"}\r\nresult: 1\r\n', "? a\n: b\n", "'quoted key': 'it''s'\n", "a: 1 # comment\n...\n",
]

folder = pathlib.Path(sys.argv[1])
for number, seed in enumerate(SEEDS):
    (folder / f'marker-{number}').write_bytes(seed.encode())
