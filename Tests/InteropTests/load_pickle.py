"""Prints what pickles of daskperiment's local files hold, a line of JSON each, as any Python loads them.

usage: load_pickle.py FILE...

Neither daskperiment nor pandas is needed: their classes are stood in for. Each file is loaded by the unpickler written
in C and by that written in Python.
"""
import io
import json
import pathlib
import pickle
import sys
import types


class Stub:
    def __init__(self, *arguments):
        self.arguments = list(arguments)


def stand_in(module, *names):
    sys.modules[module] = types.ModuleType(module)
    for name in names:
        setattr(sys.modules[module], name, type(name, (Stub,), {'__module__': module}))


for module in ('daskperiment', 'daskperiment.backend', 'daskperiment.core', 'daskperiment.core.trial',
               'daskperiment.core.metric'):
    stand_in(module)
stand_in('daskperiment.backend.local', 'LocalBackend')
stand_in('daskperiment.core.trial.local', 'LocalTrialManager')
stand_in('daskperiment.core.metric.local', 'LocalMetricManager', 'Metric')
stand_in('pandas', 'Timestamp', 'Timedelta')


def plain(value):
    if isinstance(value, Stub):
        return plain(value.arguments)
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    # Not a number is no JSON.
    return str(value) if isinstance(value, pathlib.PurePath) or value != value else value


def content(backend):
    assert backend.trials.backend is backend and backend.metrics.backend is backend
    return plain({
        'experiment_id': backend.experiment_id, 'cache_dir': backend.cache_dir,
        'metrics': {key: metric.values for key, metric in backend.metrics.metrics.items()},
        'keys': {key: metric.metric_key for key, metric in backend.metrics.metrics.items()},
        'trials': {key: value for key, value in vars(backend.trials).items() if key != 'backend'},
    })


for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        data = file.read()
    texts = [json.dumps(content(load(io.BytesIO(data)).load()), sort_keys=True)
             for load in (pickle.Unpickler, pickle._Unpickler)]
    assert texts[0] == texts[1], path
    print(texts[0])
