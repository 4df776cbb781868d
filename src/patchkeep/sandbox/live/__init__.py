"""Live nodes: real Debian root file systems, on which the emulated SSM agent works with the real apt and dpkg.

Path: `offers.offered` puts a factory into the organization file's `AGENTS`; for each machine it has `rootfs` copy a root file
system that debootstrap made once from the mirror that this machine's own apt uses (`mirror`); `agent.LiveAgent` then carries out
Scan and Install inside it (`chroot`, `apt`) and reports what dpkg says.
"""
