"""Prints what dask's tokenize makes of a step's call, for each line of standard input.

usage: step_tokens.py < LINES

A line is JSON: {"inputs": [...] or {...}, "output": value}. A list is positional arguments, an object keyword arguments.
The answer is a line of JSON: [input hash, output hash]. With the argument --printable, prints instead the
characters that are printable to this Python, as ranges of code points.
"""
import json
import sys

if sys.argv[1:] == ['--printable']:
    ranges = []
    for point in range(sys.maxunicode + 2):
        is_printable = point <= sys.maxunicode and chr(point).isprintable()
        if is_printable and (not ranges or ranges[-1][1] is not None):
            ranges.append([point, None])
        elif not is_printable and ranges and ranges[-1][1] is None:
            ranges[-1][1] = point - 1
    print(json.dumps(ranges))
    sys.exit()

from dask.base import tokenize



def plain(pairs):
    """What JSON cannot say comes as {"$float": "nan"} and {"$integer": "…"}."""
    if len(pairs) == 1 and pairs[0][0] in ('$float', '$integer'):
        return (float if pairs[0][0] == '$float' else int)(pairs[0][1])
    return dict(pairs)


for line in list(sys.stdin.buffer):
    step = json.loads(line.decode('utf-8'), object_pairs_hook=plain)
    inputs = step['inputs']
    called = tokenize(**inputs) if isinstance(inputs, dict) else tokenize(*inputs)
    print(json.dumps([called, tokenize(step['output'])]))
