"""physiomon on the real BlueZ, in a virtual machine: `make bluez`.

The machine is user-mode Linux with Debian's kernel source, bluetoothd and D-Bus; Bumble's
controllers are its adapters and sensors. `prepare.sh` builds it from Debian packages, `__main__`
runs it, `guest` runs in it.
"""
