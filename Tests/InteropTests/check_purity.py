"""Has the real daskperiment run steps, and prints the step hashes that it keeps and whether it warned.

usage: check_purity.py DIRECTORY EXPERIMENT < LINES

A line is JSON: {"name": ..., "inputs": [...] or {...}, "output": value}. Each is a trial of its own, in which a function
of that name gets these arguments and returns that value.
"""
import json
import logging
import os
import pathlib
import sys
import tempfile
import warnings

directory, name = sys.argv[1:]
del sys.argv[1:]
steps = [json.loads(line.decode('utf-8')) for line in sys.stdin.buffer]

with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    warnings.simplefilter('ignore')
    import daskperiment
    experiment = daskperiment.Experiment(name, backend=pathlib.Path(directory))
    told = []

    class Listener(logging.Handler):
        def emit(self, record):
            if 'result is changed with the same input' in record.getMessage():
                told.append(record.getMessage())

    logging.getLogger('daskperiment').addHandler(Listener())
    warned = []
    for step in steps:
        before = len(told)

        def call(*arguments, **keywords):
            return step['output']
        call.__name__ = step['name']
        inputs = step['inputs']
        arguments = ((), inputs) if isinstance(inputs, dict) else (inputs, {})
        experiment._trials.maybe_pure(call, arguments, step['output'])
        warned.append(len(told) > before)
    print(json.dumps({'hashes': dict(experiment._trials._hashes), 'warned': warned}))
