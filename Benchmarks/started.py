"""What a benchmark starts ends with it, whether it comes to its end, fails, is told to end, or is killed."""
import contextlib
import ctypes
import pathlib
import signal
import subprocess
import sys
import tempfile

PR_SET_PDEATHSIG = 1
LIBRARY = ctypes.CDLL(None)
# What runs, and where its errors go.
running = {}


def end_with_parent():
    # By the kernel: nobody else can when the benchmark itself is killed.
    LIBRARY.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(command, log=None, **options):
    """Starts a process, with its errors in a log that is shown when the benchmark fails."""
    with contextlib.ExitStack() as files:
        if log:
            options["stderr"] = files.enter_context(open(log, "a"))
        process = subprocess.Popen([str(word) for word in command], preexec_fn=end_with_parent, **options)
    running[process] = log
    return process


def end(process, patience=30):
    """Asks a process to end; one that does not is killed, and that is said."""
    running.pop(process, None)
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        print(f"{process.args[0]} did not end within {patience} s of SIGTERM and was killed", file=sys.stderr)
        kill(process)


def kill(process):
    """Ends a process as it is."""
    running.pop(process, None)
    process.kill()
    process.wait()


def tell():
    """Says how what was started is doing, for whoever wonders why the benchmark failed."""
    for process, log in running.items():
        state = process.poll()
        print(f"{process.args[0]} {'still runs' if state is None else f'has ended with {state}'}", file=sys.stderr)
        lines = pathlib.Path(log).read_text(errors="replace").splitlines() if log else []
        print("".join(f"  {line}\n" for line in lines[-20:]), end="", file=sys.stderr)


@contextlib.contextmanager
def folder(prefix, directory=None):
    """A temporary directory. What was started is ended before it goes, and a failure says what was running."""
    def stop(number, _):
        sys.exit(f"ended by {signal.Signals(number).name}")
    signal.signal(signal.SIGTERM, stop)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=directory, ignore_cleanup_errors=True) as path:
        try:
            yield pathlib.Path(path)
        except BaseException as error:
            if not isinstance(error, SystemExit) or error.code:
                tell()
            raise
        finally:
            for process in list(running):
                kill(process)
