"""Makes a Python environment with real tools and says how they list it.

usage: make_environment.py KIND FOLDER TOOLS PACKAGES

KIND is one of the functions at the end. FOLDER is empty and gets all that is made. TOOLS is an environment with pip, uv and
virtualenv, and a folder `wheels` in it with setuptools and wheel. PACKAGES tiny packages are made besides those that are
installed in some particular way. Prints one JSON object: the environment's `prefix`, its `home`, and the `lists` that tools
print of it. The network is not used.
"""

import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import threading
import zipfile

BASE = "/usr/bin/python3"

BACKEND = '''
"""The least that builds a project: pip and uv call these (PEP 517, PEP 660)."""
import os, pathlib, zipfile

def _facts():
    lines = pathlib.Path("facts.txt").read_text().split()
    return lines[0], lines[1]

def _wheel(folder, content):
    name, version = _facts()
    stem = name.replace("-", "_") + "-" + version
    file = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as archive:
        info = stem + ".dist-info/"
        archive.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        for path, text in content.items():
            archive.writestr(path, text)
        archive.writestr(info + "RECORD", "")
    return file

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, version = _facts()
    return _wheel(folder, {name.replace("-", "_").lower() + ".py": ""})

def build_editable(folder, config_settings=None, metadata_directory=None):
    name, version = _facts()
    return _wheel(folder, {"_" + name.replace("-", "_").lower() + ".pth": os.getcwd() + "\\n"})

def build_sdist(folder, config_settings=None):
    raise NotImplementedError
'''

# Names and versions as packages have them, and as none should.
ODD = [
    ("PyYAML", "6.0.1"), ("zope.interface", "6.0"), ("ruamel.yaml", "0.18.5"), ("ruamel_yaml_clib", "0.2.8"),
    ("Flask-SQLAlchemy", "3.1.1"), ("backports.zoneinfo", "0.2.1"), ("a", "0"), ("A2", "0.0.1.0"), ("x--y__z..w", "1"),
    ("epoch", "1!2.0"), ("torch", "2.1.0+cu118"), ("local_upper", "1.0+Ubuntu-1.04"), ("certifi", "2023.07.22"),
    ("pre", "1.0.0-beta.2"), ("candidate", "2.0rc1"), ("post", "1.0-1"), ("dev", "3.0.dev20240101+g0123abc"),
    ("everything", "1!2.0.1b3.post4.dev5+local.6"), ("v", "v1.5"), ("short", "2"), ("long", "1.2.3.4.5.6.7"),
    ("zeros", "1.00.000"), ("Z", "9"), ("z_last", "1"), ("z-last2", "1"), ("z.last3", "1"),
    ("argparse", "1.4.0"), ("wsgiref", "0.1.2"), ("pep517.name", "1.0a1"), ("date", "20240229"),
]


def run(*command, cwd=None, **variables):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(HOME), "LANG": "C.UTF-8", "PIP_NO_INPUT": "1",
                   "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS),
                   "PIP_NO_COMPILE": "1", "PIP_NO_CACHE_DIR": "1", "PIP_ROOT_USER_ACTION": "ignore",
                   "UV_NO_CONFIG": "1", "UV_FIND_LINKS": str(WHEELS), "UV_PYTHON_DOWNLOADS": "never",
                   "UV_LINK_MODE": "copy",
                   "UV_CACHE_DIR": str(FOLDER / "uv-cache"), "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada",
                   "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada",
                   "GIT_COMMITTER_EMAIL": "ada@example.org", "SETUPTOOLS_USE_DISTUTILS": "local"}
    environment.update(variables)
    done = subprocess.run([str(word) for word in command], cwd=cwd or EMPTY, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))[:300]}\n{done.stdout}{done.stderr}")
    return done.stdout


def metadata(name, version):
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: x\n\nName: of the description\n"


def wheel(name, version, folder=None):
    """A wheel as build tools name it."""
    version_in_name = {"1.0-1": "1.0.post1", "1.0.0-beta.2": "1.0.0b2", "1.0+Ubuntu-1.04": "1.0+ubuntu.1.4"}
    stem = re.sub("[-_.]+", "_", name) + "-" + version_in_name.get(version, version)
    path = (folder or WHEELS) / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", metadata(name, version))
        archive.writestr(f"{stem}.dist-info/WHEEL",
                         "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return path


def project(name, version="1.0", folder=None):
    """A project's sources, built by the backend above."""
    folder = folder or SOURCES / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "least"\nbackend-path = ["."]\n')
    (folder / "least.py").write_text(BACKEND)
    (folder / "facts.txt").write_text(f"{name} {version}\n")
    return folder


def repository(folder, remote=None, name="origin", commit=True):
    run("git", "init", "-q", "-b", "main", cwd=folder)
    if commit:
        run("git", "add", ".", cwd=folder)
        run("git", "commit", "-q", "-m", "one", cwd=folder)
        run("git", "tag", "v1", cwd=folder)
    if remote:
        run("git", "remote", "add", name, remote, cwd=folder)
    return folder


def editables():
    """Projects to install in place, in every state of a repository."""
    found = [project("ed-plain"), project("ed-space", folder=SOURCES / "my räume" / "ed space")]
    found.append(repository(project("ed-branch"), "https://example.org/team/ed-branch.git"))
    found.append(repository(project("ed_ssh", "1.0.post1"), "git@example.org:team/ed_ssh.git"))
    found.append(repository(project("Ed.Upstream"), "ssh://git@example.org:2222/team/up.git", "upstream"))
    found.append(repository(project("ed-none")))
    found.append(repository(project("ed-gone"), "../no/such/folder"))
    found.append(repository(project("ed-local"), str(repository(project("ed-local-origin")))))
    found.append(repository(project("ed-unborn"), "https://example.org/unborn.git", commit=False))
    dirty = repository(project("ed-dirty"), "https://example.org/dirty.git")
    (dirty / "facts.txt").write_text("ed-dirty 1.1\n")
    found.append(dirty)
    detached = repository(project("ed-detached"), "https://example.org/detached.git")
    run("git", "commit", "-q", "--allow-empty", "-m", "two", cwd=detached)
    run("git", "checkout", "-q", "--detach", "v1", cwd=detached)
    found.append(detached)
    whole = SOURCES / "whole"
    found.append(project("ed-sub", folder=whole / "python" / "ed sub"))
    repository(whole, "https://example.org/whole.git")
    two = repository(project("ed-two"), "https://example.org/fork.git", "fork")
    run("git", "remote", "add", "origin", "https://example.org/two.git", cwd=two)
    found.append(two)
    link = SOURCES / "link"
    link.symlink_to(repository(project("ed-linked"), "https://example.org/linked.git"))
    found.append(link)
    return found


def archive(folder, name, inner=""):
    """An sdist-like archive of a folder and its SHA-256."""
    path = ARCHIVES / name
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder / "facts.txt", arcname="top/README")
        tar.add(folder, arcname="top" + inner)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def directs(pip=True):
    """What pip is told to install from elsewhere than an index."""
    ARCHIVES.mkdir(exist_ok=True)
    tagged = repository(project("vcs-tag"))
    within = SOURCES / "vcs-whole"
    project("vcs-sub", folder=within / "lib" / "py")
    repository(within)
    plain, digest = archive(project("from-archive"), "from-archive-1.0.tar.gz")
    bare, _ = archive(project("from-bare"), "from-bare-1.0.tar.gz")
    deep, _ = archive(project("from-deep"), "from-deep-1.0.tar.gz", "/a/b")
    # uv does not look for a folder in an archive that lies on this machine.
    return [
        f"git+file://{tagged}@v1",
        f"git+file://{within}@main#subdirectory=lib/py",
        wheel("from-wheel", "1.0+local.1", ARCHIVES),
        project("from-folder"), project("from.space", folder=SOURCES / "my räume" / "from space"),
        f"from-archive @ file://{plain}#sha256={digest}", bare, f"from-deep @ file://{deep}#subdirectory=a/b",
    ][:None if pip else -1]


class served:
    """A server on this machine for what is installed from an address."""

    def __enter__(self):
        def handler(*arguments):
            return Quiet(*arguments, directory=str(ARCHIVES))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_):
        self.server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def fill(pip, count, **variables):
    """Packages from an index, which is a folder of wheels."""
    packages = ODD + [(f"pkg-{number:03}", f"{number % 7}.{number % 11}.{number}") for number in range(count)]
    for package in packages:
        wheel(*package)
    # By the name of its file each would count as installed from that file.
    run(*pip, "install", "-q", "--no-index", "--no-deps", "--pre", "setuptools", "wheel", *[name for name, _ in packages], **variables)


def fill_from_elsewhere(pip, by_uv=False, **variables):
    """What comes from no index."""
    run(*pip, "install", "-q", "--no-index", "--no-deps", "--no-build-isolation",
        *[word for folder in editables() for word in ("-e", folder)], *directs(not by_uv), **variables)
    with served() as address:
        open_one, secret = [wheel(name, "1", ARCHIVES).name for name in ["from-address", "from-secret"]]
        run(*pip, "install", "-q", "--no-index", "--no-deps", f"http://{address}/{open_one}", f"http://ada:secret@{address}/{secret}",
            **variables)


SETUP = 'from setuptools import setup\nsetup(name="{name}", version="1.0", {more}zip_safe={zip_safe})\n'


def older(python):
    """Installs as setuptools made them before wheels, and its own editable ones."""
    def legacy(name, more="", zip_safe=False):
        folder = SOURCES / name
        folder.mkdir(parents=True)
        (folder / "setup.py").write_text(SETUP.format(name=name, more=more, zip_safe=zip_safe))
        return folder

    where = legacy("old-develop")
    run(python, "setup.py", "-q", "develop", "--no-deps", cwd=where)
    where = legacy("old_src", 'package_dir={"": "src"}, py_modules=["old_src"], ')
    (where / "src").mkdir()
    (where / "src" / "old_src.py").write_text("")
    repository(where, "https://example.org/old.git")
    run(python, "setup.py", "-q", "develop", "--no-deps", cwd=where)
    run(python, "setup.py", "-q", "install", "--single-version-externally-managed", "--record", "r.txt",
        cwd=legacy("old-folder"))
    run(python, "setup.py", "-q", "install", "--old-and-unmanageable", cwd=legacy("old-unmanaged"))
    run(python, "setup.py", "-q", "install", cwd=legacy("old-egg"))
    run(python, "setup.py", "-q", "install", cwd=legacy("zip-egg", zip_safe=True))
    where = repository(legacy("Old.New"), "https://example.org/new.git")
    (where / "pyproject.toml").write_text('[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n')
    run(python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation", "-e", where)
    site = next((python.parent.parent / "lib").glob("python3*")) / "site-packages"
    (site / "distutils_made-0.5.egg-info").write_text(metadata("distutils-made", "0.5"))


def listed(python, own, **variables):
    """How pip, from inside when it is there and from outside, and uv list an environment."""
    newest = run(TOOLS / "bin/python", "-m", "pip", "--python", python, "freeze", "--all", **variables)
    # From a work tree or submodule pip counts from the folder of git's own files, which leads nowhere.
    lists = {"newest pip": re.sub("&subdirectory=\\.\\./.*", "", newest)}
    if own:
        lists["its own pip"] = run(python, "-m", "pip", "freeze", "--all", **variables)
    return lists


def pip(count):
    run(BASE, "-m", "venv", FOLDER / "env")
    python = FOLDER / "env/bin/python"
    fill([python, "-m", "pip"], count)
    fill_from_elsewhere([python, "-m", "pip"])
    older(python)
    return python, True


def uv(count):
    run(TOOLS / "bin/uv", "venv", "-q", "--python", BASE, FOLDER / "env")
    python = FOLDER / "env/bin/python"
    fill([TOOLS / "bin/uv", "pip"], count, VIRTUAL_ENV=str(FOLDER / "env"))
    fill_from_elsewhere([TOOLS / "bin/uv", "pip"], by_uv=True, VIRTUAL_ENV=str(FOLDER / "env"))
    return python, False


def virtualenv(count):
    run(TOOLS / "bin/virtualenv", "-q", "--python", BASE, "--no-periodic-update", FOLDER / "env")
    python = FOLDER / "env/bin/python"
    fill([python, "-m", "pip"], count)
    fill_from_elsewhere([python, "-m", "pip"])
    return python, True


def paths(count):
    """Several folders of packages: what .pth files add, the user's own and the system's, with packages that are in more than
    one of them."""
    run(BASE, "-m", "venv", "--system-site-packages", FOLDER / "env")
    python = FOLDER / "env/bin/python"
    site = next((FOLDER / "env/lib").glob("python3*")) / "site-packages"

    def install(folder, name, version):
        place = folder / f"{name}-{version}.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text(metadata(name, version))
        (place / "INSTALLER").write_text("pip\n")

    for number in range(count):
        install(site, f"pkg_{number}", "1")
    user = HOME / ".local/lib" / site.parent.name / "site-packages"
    for folder, version in [(site, "1"), (FOLDER / "b", "2"), (FOLDER / "a", "3"), (user, "4"), (FOLDER / "u", "5")]:
        install(folder, "in_all", version)
        install(folder, f"only_{version}", version)
    for folder, version in [(FOLDER / "b", "2"), (FOLDER / "a", "3"), (user, "4"), (FOLDER / "u", "5")]:
        install(folder, "In.Most", version)
    install(site / "beside", "relative", "1")
    (site / "z.pth").write_text(f"\n# {FOLDER}/c\nimport os; os.environ['X'] = '1'\n{FOLDER}/b\n/nowhere\nbeside\n")
    (site / "a_code.pth").write_text(f"import sys; sys.path.append('{FOLDER}/coded')\n")
    (site / "b.pth").write_text(f"{FOLDER}/a  \r\n{FOLDER}/a\n")
    (user / "user.pth").write_text(f"{FOLDER}/u\n{FOLDER}/b")
    return python, True


def odd(count):
    """What few installers leave behind, and what breaks off in between."""
    run(BASE, "-m", "venv", FOLDER / "env")
    python = FOLDER / "env/bin/python"
    site = next((FOLDER / "env/lib").glob("python3*")) / "site-packages"

    def install(folder, text, direct=None, file="METADATA"):
        place = site / folder
        place.mkdir()
        if text is not None:
            (place / file).write_text(text, newline="")
        if direct is not None:
            (place / "direct_url.json").write_text(direct if isinstance(direct, str) else json.dumps(direct))

    for number in range(count):
        install(f"pkg_{number}-1.dist-info", metadata(f"pkg-{number}", "1"))
    for version in ["2", "10", "1", "3"]:
        install(f"twice-{version}.dist-info", metadata("twice", version))
    install("other_file-1.dist-info", metadata("other-file", "1"), file="PKG-INFO")
    install("egg_metadata.egg-info", metadata("egg-metadata", "1"), file="METADATA")
    install("crlf-1.dist-info", metadata("crlf", "1").replace("\n", "\r\n"))
    install("late-1.dist-info", "Metadata-Version: 2.1\nSummary: x\n  folded\n        Version: 9\nVERSION:1\nname:   late\n\n")
    install("python-3.dist-info", metadata("Python", "3"))
    install("~roken-1.dist-info", metadata("broken", "1"))
    site_of = {
        "d_folder": {"url": "file:///tmp/d", "dir_info": {}},
        "d_not_editable": {"url": "file:///tmp/d", "dir_info": {"editable": False}},
        "d_hash": {"url": "https://h/a.whl", "archive_info": {"hash": "sha256=11"}},
        "d_hashes": {"url": "https://h/a.whl", "archive_info": {"hashes": {"sha256": "11"}}},
        "d_both": {"url": "https://h/a.whl", "archive_info": {"hash": "md5=00", "hashes": {"sha256": "11", "md5": "00"}}},
        "d_bare": {"url": "https://h/a.whl", "archive_info": {}},
        "d_vcs": {"url": "https://h/a.git", "vcs_info": {"vcs": "git", "commit_id": "c0", "requested_revision": "x"}},
        "d_hg": {"url": "https://h/a", "vcs_info": {"vcs": "hg", "commit_id": "c0"}, "subdirectory": "a b"},
        "d_nothing": {"url": "https://h/a.whl"},
        "d_two": {"url": "https://h/a.whl", "archive_info": {}, "dir_info": {}},
        "d_no_url": {"archive_info": {}},
        "d_null": {"url": "https://h/a.whl", "archive_info": {}, "vcs_info": None, "subdirectory": None},
        "d_unreadable": "{",
        "d_git_user": {"url": "ssh://git@h/a.git", "vcs_info": {"vcs": "git", "commit_id": "c0"}},
        "d_environment": {"url": "https://${USER}:${TOKEN}@h/a.whl", "archive_info": {}},
        "d_gone": {"url": "file:///no/such/place", "dir_info": {"editable": True}},
    }
    for name, direct in site_of.items():
        install(f"{name}-1.dist-info", metadata(name, "1"), direct)
    whole = repository(project("tree"), "https://example.org/tree.git")
    run("git", "worktree", "add", "-q", "-b", "side", SOURCES / "side", cwd=whole)
    run("git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", whole, "sub", cwd=SOURCES / "side")
    project("deep", folder=whole / "deep")
    for name, folder in {"in_tree": whole, "in_side": SOURCES / "side", "in_sub": SOURCES / "side/sub", "in_deep": whole / "deep" / "src"}.items():
        folder.mkdir(exist_ok=True)
        install(f"{name}-1.dist-info", metadata(name, "1"), {"url": folder.as_uri(), "dir_info": {"editable": True}})
    (SOURCES / "linked" / "linked.egg-info").mkdir(parents=True)
    (SOURCES / "linked" / "linked.egg-info" / "PKG-INFO").write_text(metadata("linked", "1"))
    (site / "linked.egg-link").write_text(f"\n  {os.path.relpath(SOURCES / 'linked', site)}  \n.\n")
    # Its own pip is older than some of these forms.
    return python, False


def user(count):
    """The system's Python with packages of the user's own."""
    for number in range(count):
        wheel(f"mine-{number}", "1")
    run(TOOLS / "bin/python", "-m", "pip", "--python", BASE, "install", "-q", "--no-index", "--no-deps", "--user",
        "--break-system-packages", *[f"mine-{number}" for number in range(count)])
    return pathlib.Path(BASE), False


def main():
    global FOLDER, TOOLS, HOME, WHEELS, SOURCES, ARCHIVES, EMPTY
    kind, folder, tools, count = sys.argv[1:]
    FOLDER, TOOLS = pathlib.Path(folder), pathlib.Path(tools)
    HOME, WHEELS, SOURCES = FOLDER / "home", FOLDER / "wheels", FOLDER / "sources"
    ARCHIVES, EMPTY = FOLDER / "archives", FOLDER / "empty"
    for place in [HOME, WHEELS, SOURCES, ARCHIVES, EMPTY]:
        place.mkdir(parents=True)
    for file in (TOOLS / "wheels").iterdir():
        (WHEELS / file.name).symlink_to(file)
    python, own = {f.__name__: f for f in [pip, uv, virtualenv, paths, odd, user]}[kind](int(count))
    lists = listed(python, own)
    print(json.dumps({"python": str(python), "home": str(HOME), "lists": lists}))


main()
