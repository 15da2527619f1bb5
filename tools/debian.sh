#!/bin/sh
# Installs what the project needs of Debian's packages, where it may (as root, or with a password-less sudo).
# debian.sh python: what a virtual environment needs. debian.sh test: the servers and the browser of the tests.
# debian.sh pictures: the signs that Slack's messages hold, for the pictures in docs/.
# Where it may not, it says what is missing; the tests then name the rings they could not run.
set -u

missing=""
need() { # package, what shows that it is there
    if ! command -v "$2" >/dev/null 2>&1 && ! ls $2 >/dev/null 2>&1; then missing="$missing $1"; fi
}

case "${1:-}" in
python)
    need python3 python3
    python3 -c "import ensurepip, venv" >/dev/null 2>&1 || missing="$missing python3-venv"
    ;;
test)
    need dovecot-imapd /usr/sbin/dovecot
    need postgresql "/usr/lib/postgresql/*/bin/initdb"
    need chromium chromium
    ;;
pictures)
    need chromium chromium
    need fonts-noto-color-emoji /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
    ;;
*)
    echo "usage: debian.sh python|test|pictures" >&2
    exit 2
    ;;
esac
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "not on Debian: install$missing yourself" >&2
    exit 0
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true >/dev/null 2>&1; then
        echo "not root: install with  apt-get install$missing" >&2
        exit 0
    fi
    sudo="sudo -n"
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086 -- a list of packages
if ! { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -5 "$log" >&2
    echo "could not install$missing" >&2
fi
rm -f "$log"
exit 0
