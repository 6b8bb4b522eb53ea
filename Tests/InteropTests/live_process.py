"""A process that has an experiment open in the real daskperiment for as long as it lives, and does what it is told.

usage: live_process.py STORE EXPERIMENT, the store as check_record.py has it

It reads a JSON object a line from its standard input, and answers each with one on its standard output; before the first
it says that it is ready. It ends when its input does.

{"do": "trial", "x": 3}   runs a trial: {"trial": 1, "result": 8.5, "finished": "2026-11-24T10:00:00.123456",
                          "loss": [3.0, 1.5, 1.0], "accuracy": [...]}
{"do": "fail"}            a trial whose step raises: {"trial": 2, "raised": "ValueError(bad input)", "result": "nan", ...}
{"do": "abort"}           a trial that is interrupted, as by Ctrl-C: {"trial": 3, "raised": "KeyboardInterrupt()", "result": null,
                          "finished": null, ...}
{"do": "history"}         all rows of its own history: {"trial": 3, "rows": {"1": {...}, "2": {...}}}
{"do": "reload"}          opens the experiment again, which reads the file again: {"trial": 3}

What goes wrong otherwise is {"error": "TypeError(...)", "trace": [...]}, and it goes on. Any other member of a "trial" is a
parameter of that name in the place of its own.
"""
import json
import logging
import os
import sys
import tempfile
import traceback
import warnings

# Nothing is left beside these scripts.
sys.dont_write_bytecode = True
from check_record import plain, store  # noqa: E402

# daskperiment prints; answers have the old standard output for themselves.
ANSWERS = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)

PARAMETERS = {
    'x': 3, 'rate': 0.1, 'label': 'größe ✓', 'flag': True, 'shape': [1, 2.5, 'three'],
    'options': {'inner': {'depth': 2}, 'none': None}, 'outcome': 'trial',
}


def answer(message):
    ANSWERS.write(json.dumps(message, ensure_ascii=False) + '\n')
    ANSWERS.flush()


def shown(error):
    return '{}({})'.format(type(error).__name__, error)


class LiveExperiment:
    def __init__(self, daskperiment, name, directory):
        self._daskperiment = daskperiment
        self._name = name
        self._directory = store(directory)
        self.reload()

    def reload(self, **_):
        experiment = self._daskperiment.Experiment(self._name, backend=self._directory)

        @experiment.persist
        def prepare(x):
            return [x, x * 2]

        @experiment.result
        def train(values, rate, outcome):
            for epoch in range(3):
                experiment.save_metric('loss', epoch=epoch, value=values[0] / (epoch + 1))
                experiment.save_metric('accuracy', epoch=epoch, value=epoch / 3)
            if outcome == 'fail':
                raise ValueError('bad input')
            if outcome == 'abort':
                raise KeyboardInterrupt
            return sum(values) - rate * 5

        self._prepare, self._train = prepare, train
        self._declared = {name: experiment.parameter(name) for name in PARAMETERS}
        self._experiment = experiment
        return {}

    def trial(self, do='trial', **given):
        experiment = self._experiment
        experiment.set_parameters(**dict(PARAMETERS, outcome=do, **given))
        said = {}
        declared = self._declared
        try:
            # In a script this computes at once.
            self._train(self._prepare(declared['x']), declared['rate'], declared['outcome'])
        except KeyboardInterrupt as error:
            said['raised'] = shown(error)
        except ValueError as error:
            if str(error) != 'bad input':
                raise
            said['raised'] = shown(error)
        number = experiment.trial_id
        for key in ['loss', 'accuracy']:
            said[key] = plain(list(experiment.load_metric(key, trial_id=number)[number]))
        table = experiment.get_history(verbose=True)
        row = table.loc[number] if number in table.index else {}
        said['result'] = plain(row.get('Result'))
        said['finished'] = plain(row.get('Finished'))
        return said

    fail = abort = trial

    def history(self, **_):
        table = self._experiment.get_history(verbose=True).astype(object)
        return {'rows': {str(number): {str(column): plain(value) for column, value in row.items()}
                         for number, row in table.to_dict(orient='index').items()}}

    def obey(self, command):
        action = {'trial': self.trial, 'fail': self.fail, 'abort': self.abort, 'history': self.history,
                  'reload': self.reload}[command['do']]
        said = action(**command)
        return dict({'trial': self._experiment.trial_id}, **said)


def main():
    directory, name = sys.argv[1:]
    # daskperiment takes what is left for parameters.
    del sys.argv[1:]
    directory = directory if '://' in directory else os.path.abspath(directory)
    # daskperiment makes ./daskperiment_log when it is imported: let it do so elsewhere.
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        warnings.simplefilter('ignore')
        import daskperiment
        import pandas
        log = logging.getLogger('daskperiment')
        for handler in list(log.handlers):
            log.removeHandler(handler)
            handler.close()
        os.chdir('/')
    log.propagate = False
    log.addHandler(logging.NullHandler())

    live = LiveExperiment(daskperiment, name, directory)
    answer({'ready': True, 'trial': live.obey({'do': 'history'})['trial'], 'python': sys.version.split()[0],
            'pandas': pandas.__version__})
    for line in sys.stdin:
        try:
            answer(live.obey(json.loads(line)))
        except Exception as error:
            answer({'error': shown(error), 'trace': traceback.format_exc().splitlines()})


if __name__ == '__main__':
    main()
