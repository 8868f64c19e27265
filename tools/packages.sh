# Which of Debian's and Ubuntu's packages Telar needs, and a way to get them. Sourced by run.sh, test.sh and
# tools/bench.sh, from the top of the repository.

BUILD_PACKAGES=(gcc g++ cmake ninja-build pkg-config libsdl2-dev libsdl2-image-dev libcglm-dev libconfig-dev libdw-dev)
TEST_PACKAGES=(clang lld llvm valgrind gdb python3 xvfb xauth xdotool libboost-context-dev libtbb-dev)
AARCH64_PACKAGES=(gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libcglm-dev) # for the preset aarch64
BENCH_PACKAGES=(valgrind python3 libboost-context-dev libtbb-dev)

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need_packages NAME...: installs those that are missing, as root; others are told what to install.
need_packages() {
    mkdir -p build
    local missing=() package
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "These packages are missing. Install them, then run this again:" >&2
        echo "    sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } >build/packages.log 2>&1 ||
        { tail -n 20 build/packages.log; exit 1; }
}

# want_package NAME: installs one that not every release of Debian or Ubuntu has, if this one has it and we may.
want_package() {
    is_installed "$1" || [ "$(id -u)" -ne 0 ] || [ -z "$(apt-cache search --names-only "^$1\$")" ] || need_packages "$1"
}
