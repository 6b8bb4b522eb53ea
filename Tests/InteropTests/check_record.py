"""Opens an experiment with the real daskperiment and prints all of it as JSON.

usage: check_record.py STORE EXPERIMENT [--cwd DIRECTORY]

STORE  a directory of local files, redis://host:port/database, or mongodb://host:port/database

--cwd  where to stand when the experiment is opened: a record may hold a relative cache_dir.

Every call of daskperiment's that reads is made, for every trial, and every page of its dashboard is asked for.
What could not be read is listed under "errors"; the exit status is then 1, or 3 when nothing could be opened.
The record is not changed.
"""
import argparse
import datetime
import json
import logging
import math
import os
import pathlib
import re
import sys
import tempfile
import traceback
import warnings

CATEGORIES = ['platform', 'cpu', 'python', 'numpy', 'scipy', 'pandas', 'conda', 'git', 'requirements']


def plain(value):
    """A JSON value for any Python value; floats that JSON lacks become strings."""
    import numpy as np
    import pandas as pd
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number if math.isfinite(number) else repr(number)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if value is pd.NaT:
        return 'NaT'
    if isinstance(value, (pd.Timestamp, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, (pd.Timedelta, datetime.timedelta)):
        return pd.Timedelta(value).total_seconds()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return repr(value)


def typed(value):
    return {'type': type(value).__name__, 'value': plain(value)}


def store(text):
    """What daskperiment takes for a store: a path, or the text of an address."""
    return text if '://' in text else pathlib.Path(text)


def persisted_steps(backend, experiment):
    """{trial: [step, ...]} by the files or keys; daskperiment has no call that lists them."""
    steps = {}
    if hasattr(backend, 'collection'):
        for document in backend.collection.find({'category': 'persist'}).sort('step'):
            steps.setdefault(document['trial_id'], []).append(document['step'])
        return steps
    if not hasattr(backend, 'persist_dir'):
        for key in sorted(backend.keys(experiment + ':persist:*')):
            step, number = key.split(':')[2:]
            steps.setdefault(int(number), []).append(step)
        return steps
    pattern = re.compile(re.escape(experiment) + r'_(.+)_(\d+)\.pkl$')
    for path in sorted(pathlib.Path(backend.persist_dir).glob('*.pkl')):
        match = pattern.match(path.name)
        steps.setdefault(int(match.group(2)), []).append(match.group(1))
    return steps


def step_hashes(backend, experiment):
    if hasattr(backend, 'persist_dir'):
        return dict(backend.trials._hashes)
    if hasattr(backend, 'collection'):
        found = backend.collection.find({'category': 'step_hash'})
        return {document['input_hash']: document['value'] for document in found}
    prefix = experiment + ':step_hash:'
    return {key[len(prefix):]: backend.load_text(key) for key in backend.keys(prefix + '*')}


def trials_with_metric(experiment, key, last):
    if hasattr(experiment._metrics, 'metrics'):
        return sorted(experiment._metrics.metrics[key].values)
    if hasattr(experiment._backend, 'collection'):
        found = experiment._backend.collection.find({'category': 'metric', 'metric_key': key}, {'trial_id': 1})
        return sorted(document['trial_id'] for document in found)
    name = '{}:metric:{}:'.format(experiment.id, key)
    return sorted(int(found[len(name):]) for found in experiment._backend.keys(name + '*'))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('directory')
    parser.add_argument('experiment')
    parser.add_argument('--cwd')
    arguments = parser.parse_args()
    directory = store(arguments.directory)

    # daskperiment makes ./daskperiment_log when it is imported: let it do so elsewhere.
    with tempfile.TemporaryDirectory() as scratch:
        here = os.getcwd()
        os.chdir(scratch)
        warnings.simplefilter('ignore')
        import daskperiment
        log = logging.getLogger('daskperiment')
        for handler in list(log.handlers):
            log.removeHandler(handler)
            handler.close()
        os.chdir(arguments.cwd or here)
    log.propagate = False
    log.addHandler(logging.NullHandler())

    errors = []

    def attempt(what, call):
        try:
            return call()
        except Exception as error:
            errors.append('{}: {}({})'.format(what, type(error).__name__, error))
            return None

    try:
        experiment = daskperiment.Experiment(arguments.experiment, backend=directory)
    except Exception:
        print(json.dumps({'errors': traceback.format_exc().splitlines()}))
        return 3
    last = experiment.trial_id
    record = {'trial_id': last, 'cache_dir': str(getattr(experiment._backend, 'cache_dir', ''))}

    def history():
        table = experiment.get_history(verbose=True)
        return {
            'columns': [str(column) for column in table.columns],
            'dtypes': {str(column): str(kind) for column, kind in table.dtypes.items()},
            'rows': {str(index): {str(column): plain(value) for column, value in row.items()}
                     for index, row in table.astype(object).to_dict(orient='index').items()},
        }
    record['history'] = attempt('history', history)

    record['metrics'] = {}
    for key in attempt('metric keys', lambda: list(experiment._metrics.keys())) or []:
        series = record['metrics'].setdefault(key, {})
        for trial in trials_with_metric(experiment, key, last):
            def one():
                table = experiment.load_metric(key, trial_id=trial)
                return {'epochs': plain(list(table.index)), 'values': plain(list(table[trial]))}
            series[str(trial)] = attempt('metric {} of trial {}'.format(key, trial), one)
        if series:
            trials = [int(trial) for trial in series]
            attempt('metric {} joined'.format(key), lambda: experiment.load_metric(key, trial_id=trials))

    steps = persisted_steps(experiment._backend, arguments.experiment)
    record['step_hashes'] = step_hashes(experiment._backend, arguments.experiment)
    record['trials'] = {}
    for number in range(1, last + 1):
        def named(what):
            return '{} of trial {}'.format(what, number)
        parameters = attempt(named('parameters'), lambda: experiment.get_parameters(trial_id=number))
        record['trials'][str(number)] = {
            'parameters': parameters and {key: typed(value) for key, value in parameters.items()},
            'persisted': {step: typed(attempt(named(step), lambda: experiment.get_persisted(step, number)))
                          for step in steps.get(number, [])},
            'code': attempt(named('code'), lambda: experiment.get_code(trial_id=number)),
            'environment': {
                category: attempt(named(category),
                                  lambda: experiment.get_environment(trial_id=number, category=category))
                for category in CATEGORIES},
            'summary': attempt(named('summary'), lambda: experiment.get_environment(trial_id=number)),
            'packages': attempt(named('packages'), lambda: experiment.get_python_packages(trial_id=number)),
        }

    import daskperiment.board.board as board
    board.ex = experiment
    client = board.app.test_client()
    finished = [int(number) for number in (record['history'] or {}).get('rows', {})]
    first = finished[0] if finished else 1
    pages = ['/', '/json/table', '/json/summary/processtime', '/json/summary/result', '/data/code/%d' % first,
             '/data/env/%d' % first,
             '/json/metric/?ids={}&keys={}'.format(json.dumps(finished), json.dumps(list(record['metrics'])))]
    record['dashboard'] = {page.split('?')[0]: attempt(page, lambda: client.get(page).status_code) for page in pages}

    record['errors'] = errors
    print(json.dumps(record, ensure_ascii=False))
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main())
