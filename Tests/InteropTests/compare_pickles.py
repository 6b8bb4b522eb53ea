"""Compares what pickles load as with what other pickles of the same load as.

Reads a line of JSON for each from standard input, `{"name": …, "pickle": …, "written": …, "canonical": …}`, all in base64;
prints one for each: `{"name": …, "loads": …, "written": …, "canonical": …}`. `loads` says whether this Python can load the
pickle at all; `written` and `canonical` are null when the pickle of that name loads as the same, else what is another.
"""
import base64
import collections
import datetime
import decimal
import fractions
import json
import os
import pathlib
import pickle
import struct
import sys
import tempfile
import types
import uuid

import numpy
import pandas

PLAIN = (type(None), bool, int, str, bytes, bytearray, decimal.Decimal, fractions.Fraction, datetime.date, datetime.time,
         datetime.timedelta, datetime.tzinfo, uuid.UUID, pathlib.PurePath)
NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, numpy.ufunc)


class Different(Exception):
    pass


class Comparison:
    """Two values, walked through at once."""

    def __init__(self, keeps_sharing):
        self.keeps_sharing = keeps_sharing
        self.met = {}
        self.around = set()
        self.alive = []

    def check(self, holds, path, ours, theirs):
        if not holds:
            raise Different('%s: %.200r is not %.200r' % (path or 'the value', theirs, ours))

    def compare(self, ours, theirs, path=''):
        self.check(type(ours) is type(theirs), path, ours, theirs)
        if isinstance(ours, float) and not isinstance(ours, numpy.generic):
            return self.check(struct.pack('<d', ours) == struct.pack('<d', theirs) or ours != ours and theirs != theirs,
                              path, ours, theirs)
        if isinstance(ours, complex) and not isinstance(ours, numpy.generic):
            return self.check(repr(ours) == repr(theirs), path, ours, theirs)
        if isinstance(ours, NAMED):
            # A method of a class is made anew each time that it is asked for.
            return self.check(ours is theirs or ours == theirs, path, ours, theirs)
        if ours is pandas.NaT:
            return
        if isinstance(ours, (pandas.Timestamp, pandas.Timedelta)):
            self.check(ours.value == theirs.value, path, ours, theirs)
            return self.check(str(getattr(ours, 'tz', None)) == str(getattr(theirs, 'tz', None)), path, ours, theirs)
        if isinstance(ours, datetime.datetime):
            return self.check(repr(ours) == repr(theirs), path, ours, theirs)
        if isinstance(ours, PLAIN) and not hasattr(ours, '__dict__'):
            self.check(ours == theirs and repr(ours) == repr(theirs), path, ours, theirs)
            if not isinstance(ours, bytearray):
                return
        # What is shared is shared: as lists that change together.
        if self.keeps_sharing and not isinstance(ours, (tuple, frozenset, numpy.generic, numpy.dtype)):
            before = self.met.setdefault(id(ours), theirs)
            self.alive.append((ours, theirs))
            self.check(before is theirs, path + ' (shared)', ours, theirs)
        if (id(ours), id(theirs)) in self.around:
            return
        self.around.add((id(ours), id(theirs)))
        self.parts(ours, theirs, path)
        if not self.keeps_sharing:
            self.around.discard((id(ours), id(theirs)))

    def parts(self, ours, theirs, path):
        if isinstance(ours, numpy.dtype):
            return self.check(ours == theirs, path, ours, theirs)
        if isinstance(ours, numpy.generic):
            self.check(ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes(), path, ours, theirs)
        elif isinstance(ours, numpy.ndarray):
            self.check(ours.dtype == theirs.dtype and ours.shape == theirs.shape, path, ours, theirs)
            if ours.dtype.hasobject:
                self.compare(ours.tolist(), theirs.tolist(), path + '[]')
            else:
                self.check(ours.tobytes() == theirs.tobytes(), path, ours, theirs)
        elif isinstance(ours, (pandas.DataFrame, pandas.Series)):
            self.check(ours.equals(theirs) and ours.index.equals(theirs.index), path, ours, theirs)
            self.check(str(ours.dtypes) == str(theirs.dtypes), path, ours.dtypes, theirs.dtypes)
        elif isinstance(ours, (set, frozenset)):
            self.check(len(ours) == len(theirs), path, ours, theirs)
            for one, other in zip(sorted(ours, key=repr), sorted(theirs, key=repr)):
                self.compare(one, other, path + '{}')
        else:
            if isinstance(ours, dict):
                self.check(len(ours) == len(theirs), path, ours, theirs)
                for (key, value), (other, another) in zip(list(ours.items()), list(theirs.items())):
                    self.compare(key, other, '%s key %.50r' % (path, key))
                    self.compare(value, another, '%s[%.50r]' % (path, key))
            if isinstance(ours, (tuple, list, collections.deque)):
                self.check(len(ours) == len(theirs), path, ours, theirs)
                for place, (one, other) in enumerate(zip(ours, theirs)):
                    self.compare(one, other, '%s[%d]' % (path, place))
            for name in ('args', 'maxlen', 'default_factory', '__dict__'):
                if hasattr(ours, name):
                    self.compare(getattr(ours, name), getattr(theirs, name, None), path + '.' + name)


def loaded(data):
    """What it loads as, and the encoding that it took."""
    for encoding in ('ASCII', 'latin1', 'bytes'):
        try:
            value = pickle.loads(data, encoding=encoding)
            # Of a class that changed since, an object may be made that can do nothing.
            Comparison(True).compare(value, value)
            return value, encoding
        except Exception:
            continue
    return None, None


def difference(value, data, encoding, keeps_sharing):
    try:
        # By the unpickler written in C and by that written in Python.
        for load in (pickle.loads, pickle._loads):
            Comparison(keeps_sharing).compare(value, load(data, encoding=encoding))
    except Different as error:
        return str(error)
    except Exception as error:
        return repr(error)


# What is loaded may write into the folder where we are: daskperiment its log.
with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    for line in sys.stdin.read().splitlines():
        entry = json.loads(line)
        value, encoding = loaded(base64.b64decode(entry['pickle']))
        answer = {'name': entry['name'], 'loads': encoding is not None, 'written': None, 'canonical': None}
        if encoding is not None:
            for kind in ('written', 'canonical'):
                answer[kind] = difference(value, base64.b64decode(entry[kind]), encoding, kind == 'written')
        print(json.dumps(answer))
    os.chdir('/')
