#!/bin/bash
# First process of the virtual machine: mounts the checkout, runs the scenarios, switches off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for folder in /dev/shm /run /tmp /var/lib/bluetooth /var/log; do
    mount -t tmpfs -o mode=755 tmpfs $folder
done
chmod 1777 /tmp /dev/shm
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
mkdir -p /run/dbus /run/lock
ip link set lo up
hostname bluez
for word in $(cat /proc/cmdline); do
    case $word in
        share=*)
            mkdir -p "${word#share=}" # /tmp is empty
            mount -t hostfs none "${word#share=}" -o "${word#share=}"
            ;;
        out=*) mount -t hostfs none /out -o "${word#out=}" ;;
        python=*) python=${word#python=} ;;
        checkout=*) export PYTHONPATH=${word#checkout=} ;;
        scenarios=*) scenarios=${word#scenarios=} ;;
        MINUTES=*) export "${word?}" ;;
    esac
done
export PYTHONDONTWRITEBYTECODE=1
cd /tmp || exit
"$python" -u -m tests.bluez.guest ${scenarios//,/ }
sync
echo o > /proc/sysrq-trigger
sleep 5
