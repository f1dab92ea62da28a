#!/bin/sh
# Set up .venv for this folder: `tools/setup.sh run` with what renkei needs to run,
# `tools/setup.sh dev` with what its tests and checks need as well.
#
# Does nothing when .venv is up to date. PYTHON=... names the interpreter to use.
set -eu
cd "$(dirname "$0")/.."

kind=${1:-run}
case $kind in
  run) lock=requirements.lock how_long="about a minute, and a download of about 200 MB" ;;
  dev) lock=requirements-dev.lock how_long="about a minute, and a download of about 250 MB" ;;
  *)
    echo "tools/setup.sh: \`$kind\` is neither \`run\` nor \`dev\`." >&2
    exit 2
    ;;
esac

stamp=.venv/renkei-stamp

# What an up-to-date .venv was made from, as one line. The folder counts because scripts in .venv name it.
state() {
  { pwd && cat pyproject.toml requirements.lock "$@"; } | cksum
}
run_state="run $(state)"
dev_state="dev $(state requirements-dev.lock)"

# Is $1 a CPython that renkei supports? Keep in step with `requires-python`.
suits() {
  "$1" -c 'import sys
v = sys.version_info
sys.exit(not ((3, 11) <= v[:2] <= (3, 14) and v[:3] != (3, 14, 1) and sys.implementation.name == "cpython"))' \
    >/dev/null 2>&1
}

can_make_venv() {
  "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Set `python`: the newest interpreter that suits, but rather one that can make a venv.
find_python() {
  python='' found=''
  for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    version=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    if suits "$candidate"; then
      if can_make_venv "$candidate"; then
        python=$candidate
        return
      fi
      python=${python:-$candidate}
    else
      found="$found${found:+, }$version"
    fi
  done
  if [ -z "$python" ]; then
    echo "renkei needs CPython 3.11 to 3.14 (but not 3.14.1), and this system has ${found:-no Python}: please" \
      "install one, or name it as in \`make run PYTHON=/path/to/python3.13\`." >&2
    exit 1
  fi
}

# Debian and Ubuntu keep ensurepip in a package of its own.
get_venv_module() {
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  echo "Python's venv module is not complete; on Debian and Ubuntu it is the system package $package." >&2
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install it in this system's way, then run this again." >&2
    exit 1
  fi
  if [ "$(id -u)" -eq 0 ]; then
    sudo=''
  elif [ -t 0 ] && command -v sudo >/dev/null 2>&1; then
    printf 'Install it now with sudo? [y/N] '
    read -r answer || answer=n
    case $answer in
      y | Y | yes) sudo=sudo ;;
      *)
        echo "Then please run \`sudo apt-get install $package\` yourself, and this again." >&2
        exit 1
        ;;
    esac
  else
    echo "Please run \`apt-get install $package\` as root, then this again." >&2
    exit 1
  fi
  echo "Installing the system package $package."
  # Fresh systems and images come without package lists, so a first failure is not the last word.
  # shellcheck disable=SC2086  # an empty $sudo must vanish
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null 2>&1 ||
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; } ||
    {
      echo "The system package $package could not be installed; please see to it, then run this again." >&2
      exit 1
    }
  if ! can_make_venv "$python"; then
    echo "$package is installed, but $python still cannot make a virtual environment." >&2
    exit 1
  fi
}

pip_install() {
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input "$@"
}

if [ -f "$stamp" ] && suits .venv/bin/python; then
  if grep -q -x -F "$dev_state" "$stamp"; then exit 0; fi
  if [ "$kind" = run ] && grep -q -x -F "$run_state" "$stamp"; then exit 0; fi
fi

# An environment is made anew when its Python is gone or too old, or when asked for another one.
if ! suits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  find_python
  can_make_venv "$python" || get_venv_module
  echo "Setting up renkei in .venv with $("$python" --version):"
  echo "$how_long."
  "$python" -m venv --clear .venv
else
  echo "Bringing .venv up to date, since what renkei needs has changed:"
  echo "up to $how_long."
fi

# A set-up that is cut short leaves no stamp, and so starts again.
rm -f "$stamp"
echo "Installing the packages of $lock."
pip_install --require-hashes --requirement "$lock"
echo "Installing renkei itself."
pip_install --no-deps --no-build-isolation --editable .
{
  echo "$run_state"
  if [ "$kind" = dev ]; then echo "$dev_state"; fi
} >"$stamp"
echo "Done: .venv is ready."
