"""Runs one trial with the real daskperiment on an experiment, and prints its number.

usage: add_trial.py STORE EXPERIMENT, the store as check_record.py has it
"""
import os
import pathlib
import sys
import tempfile
import warnings

directory, name = sys.argv[1:]
# daskperiment takes what is left for parameters.
del sys.argv[1:]

with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    warnings.simplefilter('ignore')
    import daskperiment
    experiment = daskperiment.Experiment(name, backend=directory if '://' in directory else pathlib.Path(directory))

    @experiment
    def double(x):
        return x * 2

    @experiment.result
    def run(y):
        experiment.save_metric('loss', epoch=0, value=0.5)
        return y + 1

    x = experiment.parameter('x')
    experiment.set_parameters(x=3)
    # In a script this computes at once.
    run(double(x))
    print(experiment.trial_id)
