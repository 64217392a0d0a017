# 64-bit ARM Linux with glibc. Everything but the kernels' own files is plain ARMv8.0.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triple aarch64-linux-gnu)
set(qemu qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/../debian_cross.cmake)
