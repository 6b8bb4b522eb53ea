"""Makes the `conda-meta` folders beside it: `rattler`, by the library that pixi installs with, and `schema`, as conda and
micromamba lay it out.

usage: make_environment.py        with a Python that has py-rattler 0.28 (`pip install py-rattler`)

`rattler` is what py-rattler writes when it installs packages from a channel on this machine; its packages are made here, and
the channel's address is then given a name of the net. `schema` is written by hand after conda's published schema
(conda.models.records.PrefixRecord; https://schemas.conda.io/repodata-record-1.schema.json) and conda's `history`, since conda
itself and micromamba are on no package index that is reached here: no run of theirs made it.
"""

import asyncio
import hashlib
import io
import json
import pathlib
import tarfile
import tempfile

import rattler

HERE = pathlib.Path(__file__).parent
PACKAGES = [("python", "3.12.1", "h1_0_cpython"), ("ca-certificates", "2024.2.2", "hbcca054_0"),
            ("scikit-learn", "1.4.0", "py312h394d371_0"), ("libstdcxx-ng", "13.2.0", "h7e041cc_5")]
CHANNEL = "https://conda.example.org/forge"


def package(folder, name, version, build):
    index = {"name": name, "version": version, "build": build, "build_number": 0, "depends": [], "subdir": "linux-64",
             "arch": "x86_64", "platform": "linux", "license": "BSD-3-Clause"}
    content = f"{name}\n".encode()
    path = "lib/python3.12/os.py" if name == "python" else f"share/{name}/url"
    paths = {"paths": [{"_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(content).hexdigest(),
                        "size_in_bytes": len(content)}], "paths_version": 1}
    file = folder / f"{name}-{version}-{build}.tar.bz2"
    with tarfile.open(file, "w:bz2") as tar:
        for at, text in [("info/index.json", json.dumps(index).encode()), ("info/paths.json", json.dumps(paths).encode()),
                         (path, content)]:
            info = tarfile.TarInfo(at)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    data = file.read_bytes()
    return file.name, {**index, "md5": hashlib.md5(data).hexdigest(), "sha256": hashlib.sha256(data).hexdigest(),
                       "size": len(data)}


async def by_rattler(place):
    folder = place / "channel/linux-64"
    folder.mkdir(parents=True)
    (place / "channel/noarch").mkdir()
    empty = {"info": {"subdir": "noarch"}, "packages": {}, "packages.conda": {}}
    (place / "channel/noarch/repodata.json").write_text(json.dumps(empty))
    found = dict(package(folder, *facts) for facts in PACKAGES)
    (folder / "repodata.json").write_text(
        json.dumps({"info": {"subdir": "linux-64"}, "packages": found, "packages.conda": {}}))
    channel = rattler.Channel((place / "channel").as_uri())
    records = await rattler.solve([channel], [name for name, _, _ in PACKAGES], platforms=["linux-64"])
    await rattler.install(records, target_prefix=place / "env", cache_dir=place / "cache", platform=rattler.Platform("linux-64"))
    for note in (place / "env/conda-meta").iterdir():
        text = note.read_text().replace((place / "channel").as_uri(), CHANNEL).replace(str(place), "/home/ada")
        (HERE / "rattler" / note.name).write_text(text)


def by_schema():
    history = ["==> 2024-03-01 10:00:00 <==", "# cmd: /opt/conda/bin/conda create -n ml python scikit-learn",
               "# conda version: 24.1.2"]
    for number, (name, version, build) in enumerate(PACKAGES):
        stem = f"{name}-{version}-{build}"
        record = {
            "arch": "x86_64", "auth": None, "build": build, "build_number": 0,
            "channel": f"{CHANNEL}/linux-64", "constrains": [], "depends": ["libgcc-ng >=12"],
            "extracted_package_dir": f"/opt/conda/pkgs/{stem}", "features": "",
            "files": [f"lib/{name}/url", f"share/{name}/md5"], "fn": stem + ".conda", "license": "BSD-3-Clause",
            "link": {"source": f"/opt/conda/pkgs/{stem}", "type": 1}, "md5": f"{number:032x}", "name": name,
            "package_tarball_full_path": f"/opt/conda/pkgs/{stem}.conda",
            "paths_data": {"paths": [{"_path": f"lib/{name}/url", "path_type": "hardlink", "sha256": "0" * 64,
                                      "sha256_in_prefix": "0" * 64, "size_in_bytes": 3}], "paths_version": 1},
            "platform": "linux", "requested_spec": name if name in ("python", "scikit-learn") else "None",
            "sha256": f"{number:064x}", "size": 3, "subdir": "linux-64", "timestamp": 1708000000000, "track_features": "",
            "url": f"{CHANNEL}/linux-64/{stem}.conda", "version": version,
        }
        # conda indents by two and sorts; micromamba, whose notes begin in another order, by four.
        text = json.dumps(record, indent=2, sort_keys=True) if number % 2 else json.dumps(record, indent=4)
        (HERE / "schema" / f"{stem}.json").write_text(text + "\n" * (number % 2))
        history.append(f"+{CHANNEL}/linux-64::{stem}")
    history.append("# update specs: ['python', 'scikit-learn']")
    (HERE / "schema/history").write_text("\n".join(history) + "\n")


for name in ["rattler", "schema"]:
    (HERE / name).mkdir(exist_ok=True)
    for file in (HERE / name).iterdir():
        file.unlink()
with tempfile.TemporaryDirectory() as place:
    asyncio.run(by_rattler(pathlib.Path(place)))
by_schema()
