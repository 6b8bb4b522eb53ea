# for_each_user COMMAND...: runs systemctl --user COMMAND... in each user's service manager that runs, as that user.
for_each_user() {
    for manager in /run/user/*/systemd/private; do
        [ -S "$manager" ] || continue
        directory=${manager%/systemd/private}
        name=$(getent passwd "${directory##*/}" | cut -d: -f1)
        [ -n "$name" ] || continue
        runuser -u "$name" -- env XDG_RUNTIME_DIR="$directory" systemctl --user "$@" >/dev/null ||
            echo "trialwatch: systemctl --user $* failed for $name" >&2
    done
}
