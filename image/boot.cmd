# U-Boot's script: which slot is started, with a counter that a slot has to earn back. `mkimage` makes boot.scr of it.
# The counter is 16 KiB in the partition `state`, at 2 MiB of the disk, with a checksum, in the form of U-Boot's environment: RAUC and
# fw_printenv read and write the same. A slot has three tries; RAUC gives them back when the kiosk has said that all is well.
if test -z "${devtype}"; then setenv devtype mmc; setenv devnum 0; fi
# Apart from each other and from U-Boot: the kernel alone has 52 MB, more than the usual addresses leave it.
if test "${devtype}" = "virtio"; then
  setenv scratch 0x46000000; setenv kernel_addr_r 0x48000000; setenv ramdisk_addr_r 0x50000000;
else
  setenv scratch 0x06000000; setenv kernel_addr_r 0x08000000; setenv ramdisk_addr_r 0x10000000;
fi

setenv tries 3
setenv BOOT_ORDER; setenv BOOT_A_LEFT; setenv BOOT_B_LEFT
${devtype} dev ${devnum}
if ${devtype} read ${scratch} 0x1000 0x20; then env import -c ${scratch} 0x4000 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT; fi
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT ${tries}
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT ${tries}

setenv slot
for candidate in "${BOOT_ORDER}"; do
  if test -n "${slot}"; then true;
  elif test "${candidate}" = "A" -a ${BOOT_A_LEFT} -gt 0; then
    setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1; setenv slot A; setenv part 3;
  elif test "${candidate}" = "B" -a ${BOOT_B_LEFT} -gt 0; then
    setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1; setenv slot B; setenv part 4;
  fi
done
echo "FOYER slot=${slot} order=${BOOT_ORDER} A=${BOOT_A_LEFT} B=${BOOT_B_LEFT}"
# None is left: both may try again. Whatever it was, a machine that stands still helps nobody.
if test -z "${slot}"; then setenv BOOT_A_LEFT ${tries}; setenv BOOT_B_LEFT ${tries}; fi
env export -c -s 0x4000 ${scratch} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
${devtype} write ${scratch} 0x1000 0x20
if test -z "${slot}"; then echo "no slot is left; both may try again"; reset; fi

# What was built together lies together: the kernel, its arguments with the root's hash, the initramfs.
load ${devtype} ${devnum}:${part} ${scratch} slot.txt || reset
env import -t ${scratch} ${filesize} foyer_args
setenv bootargs "${foyer_args} rauc.slot=${slot}"
# An emulator says on its serial line what it does, has no graphics processor and is slow; at the serial pins of a board a device may hang.
if test "${devtype}" = "virtio"; then setenv bootargs "${bootargs} console=ttyAMA0 systemd.setenv=WLR_RENDERER=pixman systemd.watchdog_sec=180 systemd.default_device_timeout_sec=900"; fi
load ${devtype} ${devnum}:${part} ${kernel_addr_r} vmlinuz || reset
load ${devtype} ${devnum}:${part} ${ramdisk_addr_r} initrd || reset
setenv initrd_bytes ${filesize}
# The board's own description, as its firmware filled it in.
if test "${devtype}" != "virtio" -a -n "${fdt_addr}"; then setenv tree ${fdt_addr}; else setenv tree ${fdtcontroladdr}; fi
booti ${kernel_addr_r} ${ramdisk_addr_r}:${initrd_bytes} ${tree}
echo "the kernel did not start"
reset
