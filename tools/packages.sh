# SPDX-License-Identifier: MIT
# What Telar needs, how to get it, and progress of long commands. Sourced by run.sh, test.sh, and bench.sh,
# docs.sh and windows.sh here; need, want, with_progress and build must be called from the top of the repository.

# A row for each need: its name for `have`, and the packages that hold it for apt-get, dnf, pacman and brew.
NEEDS="
compiler               gcc,g++          gcc,gcc-c++              gcc               gcc
gcc                    gcc,g++          gcc,gcc-c++              gcc               gcc
cmake                  cmake            cmake                    cmake             cmake
ninja                  ninja-build      ninja-build              ninja             ninja
pkg-config             pkg-config       pkgconf-pkg-config       pkgconf           pkgconf
library:sdl2           libsdl2-dev      SDL2-devel               sdl2              sdl2
library:SDL2_image     libsdl2-image-dev SDL2_image-devel        sdl2_image        sdl2_image
library:libconfig      libconfig-dev    libconfig-devel          libconfig         libconfig
library:libdw          libdw-dev        elfutils-devel           libelf            elfutils
library:libmicrohttpd  libmicrohttpd-dev libmicrohttpd-devel     libmicrohttpd     libmicrohttpd
header:cglm/cglm.h     libcglm-dev      cglm-devel               cglm              cglm
python3                python3          python3                  python            python
doxygen                doxygen          doxygen                  doxygen           doxygen
gdb                    gdb              gdb                      gdb               gdb
lldb                   lldb             lldb                     lldb              llvm
Xvfb                   xvfb             xorg-x11-server-Xvfb     xorg-server-xvfb  xorg-server
xdotool                xdotool          xdotool                  xdotool           xdotool
chromium               chromium         chromium                 chromium          -
clang                  clang            clang                    clang             llvm
ld.lld                 lld              lld                      lld               lld
llvm-ar                llvm             llvm                     llvm              llvm
clang-format-14        clang-format-14  -                        -                 -
aarch64-linux-gnu-gcc  gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc -
aarch64-linux-gnu-g++  g++-aarch64-linux-gnu gcc-c++-aarch64-linux-gnu aarch64-linux-gnu-gcc -
x86_64-w64-mingw32-gcc-posix gcc-mingw-w64-x86-64-posix - - -
x86_64-w64-mingw32-g++-posix g++-mingw-w64-x86-64-posix - - -
wine                   wine,wine64      wine                     wine              -
gdb-multiarch          gdb-multiarch    gdb                      gdb               gdb
qemu-aarch64           qemu-user        qemu-user                qemu-user         -
header:valgrind/memcheck.h valgrind     valgrind,valgrind-devel  valgrind          valgrind
header:boost/context/detail/fcontext.hpp libboost-context-dev boost-devel boost    boost
header:lua5.4/lua.h    liblua5.4-dev    lua-devel                lua               lua
header:tbb/tbb.h       libtbb-dev       tbb-devel                onetbb            tbb
"
BUILD_NEEDS=(compiler cmake ninja pkg-config library:{sdl2,SDL2_image,libconfig,libdw,libmicrohttpd} header:cglm/cglm.h)
WINDOWS_NEEDS=(x86_64-w64-mingw32-{gcc,g++}-posix)

has_program() {
    command -v "$1" >/dev/null
}

has_cmake() {
    has_program cmake && local version &&
        version=$(cmake --version | sed -n 's/^cmake version //p') &&
        [ "$(printf '%s\n' 3.22 "$version" | sort -V | sed -n 1p)" = 3.22 ]
}

has_header() {
    "$(command -v g++ || command -v clang++ || echo false)" -x c++ -E - <<<"#include <$1>" >/dev/null 2>&1
}

# have NEED: succeeds if it is installed, from a package or otherwise.
have() {
    case $1 in
    compiler) have gcc || have clang ;;
    gcc) has_program gcc && has_program g++ ;;
    clang) has_program clang && has_program clang++ ;;
    cmake) has_cmake ;;
    ninja) has_program ninja || has_program make ;;
    library:*) has_program pkg-config && pkg-config --exists "${1#library:}" ;;
    header:*) has_header "${1#header:}" ;;
    *) has_program "$1" ;;
    esac
}

# packages_of MANAGER NEED...: prints the packages of that package manager that hold the needs.
packages_of() {
    local apt dnf pacman brew need name
    for need in "${@:2}"; do
        while read -r name apt dnf pacman brew; do
            [ "$name" != "$need" ] || case $1 in
            apt-get) echo "${apt//,/ }" ;;
            dnf) echo "${dnf//,/ }" ;;
            pacman) echo "$pacman" ;;
            brew) echo "$brew" ;;
            esac
        done <<<"$NEEDS"
    done | tr ' ' '\n' | grep -vx -e - | sort -u | xargs
}

find_missing() {
    local need
    missing=()
    for need in "$@"; do
        have "$need" || missing+=("$need")
    done
}

may_install() {
    has_program apt-get && [ "$(id -u)" -eq 0 ]
}

update_apt() {
    with_progress "Reading the lists of packages" packages apt-get update
}

apt_install() {
    with_progress "Installing $*" packages env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

# Prints the commands that install what is missing, for the package managers that are here, or for all if none is.
print_install_lines() {
    local manager packages found=()
    for manager in apt-get dnf pacman brew; do
        ! has_program $manager || found+=("$manager")
    done
    [ ${#found[@]} -gt 0 ] || found=(apt-get dnf pacman brew)
    for manager in "${found[@]}"; do
        packages=$(packages_of "$manager" "${missing[@]}")
        [ -n "$packages" ] || continue # this one has none of them
        case $manager in
        apt-get | dnf) echo "    sudo $manager install $packages" ;;
        pacman) echo "    sudo pacman -S $packages" ;;
        brew) echo "    brew install $packages" ;;
        esac
    done
}

# need NEED...: installs what is missing if apt-get is here and this is root; otherwise says what to install, and exits.
need() {
    local packages
    mkdir -p build
    find_missing "$@"
    if [ ${#missing[@]} -gt 0 ] && may_install; then
        read -ra packages <<<"$(packages_of apt-get "${missing[@]}")"
        update_apt
        apt_install "${packages[@]}"
        find_missing "$@" # CMake may be there, but too old
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    {
        echo "Missing: ${missing[*]/#cmake/cmake (3.22 or later)}. Install what is missing, then run this again:"
        print_install_lines
    } >&2
    exit 1
}

# want NEED...: installs what is missing if that is possible, and otherwise continues without it.
want() {
    local package known=()
    find_missing "$@"
    if [ ${#missing[@]} -gt 0 ] && may_install && update_apt; then
        for package in $(packages_of apt-get "${missing[@]}"); do
            ! apt-cache show "$package" >/dev/null 2>&1 || known+=("$package")
        done
        [ ${#known[@]} -eq 0 ] || apt_install "${known[@]}" || true
        find_missing "$@"
    fi
    [ ${#missing[@]} -eq 0 ] || echo "Not here: ${missing[*]#*:}. What needs it is left out." >&2
}

# with_progress TITLE NAME COMMAND...: runs the command with its output in build/NAME.log. On a terminal it shows the
# latest line of the output; if the command fails, it shows the last lines.
with_progress() {
    local title=$1 log=build/$2.log begin=$SECONDS
    if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
        "${@:3}" 2>&1 | tee "$log" | show_latest "$title"
    else
        echo "$title ..." >&2
        "${@:3}" >"$log" 2>&1
    fi || {
        tail -n 40 "$log" >&2
        echo "$title: failed; the whole output is in $log" >&2
        return 1
    }
    echo "$title: $((SECONDS - begin)) s" >&2
}

show_latest() {
    local line width
    width=$(tput cols 2>/dev/null || echo 80)
    while IFS= read -r line; do
        line="$1: $line"
        printf '\r\033[K%s' "${line:0:width - 1}" >&2
    done
    printf '\r\033[K' >&2
}

# build PRESET BUILD-PRESET ARGUMENTS...: configures the first and builds the second, with Make where there is no Ninja.
build() {
    local generator=()
    has_program ninja || generator=(-G "Unix Makefiles")
    with_progress "Configuring $1" "$1" cmake --preset "$1" "${generator[@]}" &&
        with_progress "Building $2" "$2" cmake --build --preset "$2" --parallel "$(nproc)" "${@:3}"
}
