#!/usr/bin/env bash
# Prepares the container, once, when its image is built.
# AUTOGRADER_TORCH_INDEX is an index of CPU builds of torch, such as a mirror. The others are for
# tests: AUTOGRADER_ROOT moves everything below another folder, and AUTOGRADER_OFFLINE=1 leaves out
# what needs the network (the virtual environment is then there already).
set -euo pipefail
SOURCE="${AUTOGRADER_ROOT:-}/autograder/source"
HOME_OF_ENGINE="${AUTOGRADER_ROOT:-}/opt/autograder"
VENV="$HOME_OF_ENGINE/venv"
TORCH="torch==2.13.0"
TORCH_INDEX="${AUTOGRADER_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"
# Not as options: the pip of Ubuntu 22.04 refuses one that it does not know yet.
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The distribution's own Python 3.11 or newer; its name, or nothing.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
}

install_system_packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends ca-certificates libseccomp2 python3 python3-venv
    if [ -z "$(find_python)" ]; then
        # Ubuntu 22.04: its python3 is 3.10, and 3.11 lies beside it.
        apt-get install -y --no-install-recommends python3.11 python3.11-venv
    fi
}

install_python_packages() {
    local python
    python="$(find_python)"
    if [ -z "$python" ]; then
        echo "setup.sh: no Python 3.11 or newer; choose a base image such as Ubuntu 24.04" >&2
        exit 1
    fi
    # Outside /root, which a student's uid may not enter.
    mkdir -p "$HOME_OF_ENGINE"
    "$python" -m venv "$VENV"
    # The list of pins is complete, so nothing is added to it (--no-deps): otter would bring a
    # browser, and torch from another index than that of CPU builds gigabytes of CUDA.
    "$VENV/bin/python" -m pip install --no-cache-dir --no-deps --index-url "$TORCH_INDEX" "$TORCH"
    "$VENV/bin/python" -m pip install --no-cache-dir --no-deps -r "$SOURCE/requirements.txt"
}

install_engine() {
    if [ ! -f "$SOURCE/engine/handin.json" ]; then
        return # `otter grade`: see run_autograder
    fi
    "$VENV/bin/python" -m pip install --quiet --no-deps --no-index --force-reinstall \
        "$SOURCE"/engine/*.whl
    export MPLCONFIGDIR="$HOME_OF_ENGINE/matplotlib"
    mkdir -p "$MPLCONFIGDIR"
    # A broken image should fail here, not at the first student's submission.
    "$VENV/bin/python" -I -c 'import autograder.sandbox.engine, matplotlib.pyplot, otter, reference'
}

close_to_students() {
    if [ -d "$SOURCE/engine" ]; then
        local packages
        packages="$("$VENV/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
        chmod -R go= "$SOURCE" "$packages/autograder" "$packages/reference"
    fi
}

if [ "${AUTOGRADER_OFFLINE:-}" != 1 ]; then
    install_system_packages
    install_python_packages
fi
install_engine
close_to_students
