#!/bin/bash
# Builds the virtual machine in a folder (about 15 min): a Debian root with BlueZ, and user-mode Linux
# from Debian's kernel source. Needs root and Debian; installs nothing. Usage: prepare.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/packages" "$1/tools" "$1/source"
cd "$1"

fetch() { (cd packages && apt-get download -qq "$@"); }

unpack() {
    local folder=$1 package
    shift
    fetch "$@"
    for package; do dpkg -x packages/"${package}"_*.deb "$folder"; done
}

if [ ! -d root/usr ]; then
    unpack tools debootstrap
    mirror=$(apt-get indextargets --format '$(SITE)' | head -1)
    DEBOOTSTRAP_DIR=$PWD/tools/usr/share/debootstrap tools/usr/sbin/debootstrap --variant=minbase \
        --include=bluez,dbus,iproute2,libbz2-1.0,libexpat1,libffi8,liblzma5,libreadline8,libsqlite3-0,libssl3,procps,python3.11,rfkill,tzdata,zlib1g \
        bookworm root.new "$mirror" > debootstrap.log
    chroot root.new /usr/sbin/useradd --create-home nobt
    chmod 755 root.new/root
    mkdir -p root.new/out root.new/vm
    mv root.new root
fi

if [ ! -e linux ]; then
    unpack tools bc bison flex libfl-dev libfl2 m4
    unpack source linux-source-6.1
    export PATH=$PWD/tools/usr/bin:$PATH
    export BISON_PKGDATADIR=$PWD/tools/usr/share/bison M4=$PWD/tools/usr/bin/m4
    folder=$PWD
    cd source/usr/src
    tar xf linux-source-6.1.tar.xz
    cd linux-source-6.1
    python3 "$here/free_channel_once.py" .
    make -s ARCH=um defconfig
    scripts/kconfig/merge_config.sh -m .config "$here/kernel.config"
    make -s ARCH=um olddefconfig
    make -s ARCH=um -j2
    strip -o "$folder/linux" linux
fi
