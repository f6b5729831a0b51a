#!/usr/bin/env bash
# Unpack a CPython that the machine does not have, from Debian's packages, for tests.
#
#     scripts/get-python.sh 3.14 [FOLDER]
#
# Leaves FOLDER/bin/python3.14, which runs under the C library that comes with it. Nothing outside FOLDER is touched
# and no root is needed: apt runs with a state of its own. FOLDER is .pythons/3.14 if not given, which is where
# scripts/interpreters.py looks. The folder cannot be moved afterwards. Does nothing if the interpreter runs already.
#
# PYTHON_SUITES   Debian suites to try, in order (default: sid forky)
# PYTHON_MIRROR   the Debian mirror (default: the one in apt's own list of sources)
set -euo pipefail

version=${1:?usage: get-python.sh X.Y [FOLDER]}
root=$(cd "$(dirname "$0")/.." && pwd -P)
folder=${2:-${LANCEHEAD_PYTHONS:-$root/.pythons}/$version}
suites=${PYTHON_SUITES:-sid forky}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mark=.lancehead-python

fail() {
    echo "get-python: $*" >&2
    exit 1
}

configured_mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p; s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' |
        grep -E '/debian/?$' | head -n 1 || true
}

# An apt that knows one suite, has nothing installed, and keeps all its files in $1.
private_apt() {
    local home=$1 suite=$2
    mkdir -p "$home"/{lists/partial,cache/archives/partial,etc/parts}
    : > "$home/status"
    echo "deb [signed-by=$keyring] $mirror $suite main" > "$home/etc/sources.list"
    cat > "$home/apt.conf" <<END
Dir::State "$home";
Dir::State::Lists "$home/lists";
Dir::State::status "$home/status";
Dir::Cache "$home/cache";
Dir::Etc "$home/etc";
Dir::Etc::sourcelist "$home/etc/sources.list";
Dir::Etc::sourceparts "$home/etc/parts";
Dir::Etc::parts "$home/etc/parts";
Dir::Etc::preferencesparts "$home/etc/parts";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
// A mirror may lag behind the week for which a Release file of sid is valid. Signatures are still checked.
Acquire::Check-Valid-Until "false";
END
}

# The packages, as name=version, that $version needs on a machine with nothing installed.
packages() {
    local plan
    plan=$(apt-get -s install "python$version" "libpython$version-testsuite" libstdc++6) || return 1
    # What a booted system needs besides is left out.
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' <<< "$plan" |
        grep -Ev '^(debconf|netbase|ca-certificates|openssl|media-types|readline-common|libselinux1|libpcre2-8-0)='
}

# The wrapper that starts the unpacked interpreter with its own dynamic loader and libraries.
write_wrapper() {
    local loader libraries
    loader=$(find root -name 'ld-linux-*.so.*' | sort | head -n 1)
    [ -n "$loader" ] || fail "no dynamic loader among the packages"
    libraries=$(dirname "$(find root -name libc.so.6 | head -n 1)")
    mkdir -p bin
    ln -sfn root/usr/lib lib # the interpreter finds its library beside bin
    cat > "bin/python$version" <<END
#!/bin/bash -p
here=$folder
exec "\$here/$loader" --argv0 "\$0" --library-path "\$here/$libraries" "\$here/root/usr/bin/python$version" "\$@"
END
    chmod +x "bin/python$version"
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
python=$folder/bin/python$version
check='import ctypes, dis, marshal, ssl, zlib'
if "$python" -c "$check" 2>/dev/null; then
    echo "$python is there already"
    exit 0
fi
[ -e "$folder/$mark" ] || [ -z "$(ls -A "$folder")" ] || fail "$folder holds something else"
: > "$folder/$mark"
command -v apt-get dpkg-deb > /dev/null || fail "needs apt-get and dpkg-deb"
mirror=${PYTHON_MIRROR:-$(configured_mirror)}
[ -n "$mirror" ] || fail "no Debian mirror in apt's sources; name one in PYTHON_MIRROR"

rm -rf "$folder"/{apt,root,bin,lib}
wanted=
for suite in $suites; do
    rm -rf "$folder/apt"
    private_apt "$folder/apt" "$suite"
    export APT_CONFIG=$folder/apt/apt.conf
    apt-get -qq update && wanted=$(packages) && break
    wanted=
done
[ -n "$wanted" ] || fail "no python$version in: $suites"

mkdir -p "$folder/apt/debs" "$folder/root"
cd "$folder/apt/debs"
# shellcheck disable=SC2086 # one word a package
apt-get -qq download $wanted
for package in *.deb; do
    dpkg-deb -x "$package" "$folder/root"
done
cd "$folder"
rm -rf root/usr/share/{doc,man,lintian,locale} apt
write_wrapper
"$python" -c "$check; import sys; print(sys.version)"
