/// States that a repository may be in, each made by a script from a repository with one commit.
///
/// That commit has `a.txt`, `b/c.py`, `b/d/e.txt`, `run.sh` with its bit, the link `link`, the binary `data.bin`, and
/// `noend` without a newline at its end.
let workTreeStates: [(name: String, script: String)] = [
    ("clean", ""),
    ("modified", "echo x >>a.txt"),
    ("staged", "echo x >>a.txt; git add a.txt"),
    ("staged and then modified", "echo x >>a.txt; git add a.txt; echo y >>a.txt"),
    ("staged and undone", "cp a.txt t; echo x >>a.txt; git add a.txt; mv t a.txt"),
    ("deleted", "rm b/c.py"),
    ("deleted in the index", "git rm -q b/c.py"),
    ("deleted in the index and there", "git rm -q --cached b/c.py"),
    ("a folder deleted", "rm -r b"),
    ("renamed", "git mv a.txt z.txt"),
    ("renamed without git", "mv a.txt z.txt"),
    ("renamed and changed", "git mv b/c.py b/z.py; echo '# more' >>b/z.py"),
    ("new", "echo new >new.py; mkdir -p x/y/z; echo deep >x/y/z/deep.py"),
    ("new and staged", "echo new >new.py; git add new.py"),
    ("new, staged and deleted", "echo new >new.py; git add new.py; rm new.py"),
    ("new and meant to be added", "echo new >new.py; git add -N new.py"),
    ("new and empty", ": >empty"),
    ("binary new", "head -c 5000 /dev/urandom >n.bin"),
    ("binary modified", "printf '\\0\\1\\2changed' >>data.bin"),
    ("binary deleted", "rm data.bin"),
    ("executable", "chmod +x a.txt"),
    ("not executable", "chmod -x run.sh; echo more >>run.sh"),
    ("a new link", "ln -s a.txt new; ln -s /nowhere/at/all dangling; ln -s b folder"),
    ("another link", "ln -sfn b/c.py link"),
    ("a file that became a link", "rm a.txt; ln -s b a.txt"),
    ("a link that became a file", "rm link; echo file >link"),
    ("a file that became a folder", "rm a.txt; mkdir a.txt; echo x >a.txt/x"),
    ("a folder that became a file", "rm -r b; echo x >b"),
    ("newlines at ends", "printf 'last' >>a.txt; printf '\\n' >>noend; printf 'none' >new"),
    ("names", "echo 1 >'sp ace'; printf 1 >'q\"uote'; printf 1 >\"$(printf 'new\\nline')\"; printf 1 >'back\\slash'"),
    ("names that are no UTF-8", "printf 1 >\"$(printf 'n\\377\\376')\"; printf 1 >größe.py"),
    ("a long name", "printf 1 >$(printf 'n%.0s' $(seq 255))"),
    ("names that sort oddly", "mkdir s; echo 1 >s/x; echo 1 >s.txt; echo 1 >s-1; echo 1 >s0"),
    ("ignored", "printf '*.log\\n!keep.log\\nout/\\n' >.gitignore; touch x.log keep.log; mkdir out; touch out/f"),
    (
        "tracked and ignored",
        "mkdir out; echo 1 >out/t; git add out/t; git commit -qm t; echo out >.gitignore; echo 2 >out/t; touch out/u"
    ),
    ("excluded for this repository", "echo mine >>.git/info/exclude; touch mine yours"),
    ("unborn", "git checkout -q --orphan other; git rm -rq --cached .; git add a.txt"),
    ("detached", "git checkout -q --detach; echo x >>a.txt"),
    (
        "a merge that stopped",
        "git checkout -qb side; echo s >a.txt; git commit -qam s; git checkout -q main; echo m >a.txt; git commit -qam m; git merge -q side || true"
    ),
    ("a repository inside", "mkdir in; git -C in init -q; echo x >in/x; echo y >y"),
    (
        "line ends",
        "printf '* text=auto eol=crlf\\n' >.gitattributes; printf 'x\\r\\ny\\r\\n' >crlf.txt; git add .; git commit -qm c; rm a.txt crlf.txt; git checkout a.txt crlf.txt"
    ),
    (
        "line ends, modified",
        "printf '* text=auto eol=crlf\\n' >.gitattributes; printf 'x\\r\\ny\\r\\n' >crlf.txt; git add .; git commit -qm c; printf 'x\\r\\nz\\r\\n' >crlf.txt; touch a.txt"
    ),
    (
        "identifiers",
        "echo '*.id ident' >.gitattributes; echo '$Id$' >x.id; git add .; git commit -qm c; rm x.id; git checkout -q x.id; touch x.id"
    ),
    ("sparse", "git sparse-checkout set --no-cone b"),
    ("the fourth kind of index", "git update-index --index-version 4; echo x >>a.txt"),
    ("a cache of untracked files", "git update-index --untracked-cache; git status >/dev/null; echo x >new"),
    ("said to be unchanged", "git update-index --assume-unchanged a.txt; echo x >>b/c.py"),
    ("touched", "touch a.txt b/c.py data.bin"),
    (
        "shallow",
        "git commit -qm second --allow-empty; git clone -q --depth 1 file://$PWD ../shallow; rm -rf ./* .git .gitignore; mv ../shallow/.git .; git reset -q --hard; echo x >>a.txt"
    ),
    (
        "a submodule",
        "git init -q ../sub; git -C ../sub commit -qm s --allow-empty; git -c protocol.file.allow=always submodule --quiet add ../sub sub 2>/dev/null; git commit -qm sub"
    ),
]
