# One file for every 32-bit ARM Linux from Cortex-A9 on, the 32-bit systems of 64-bit boards too.
set(CMAKE_SYSTEM_PROCESSOR armv7)
set(triple arm-linux-musleabihf)
set(cpu_flags "-mcpu=cortex_a9")
set(qemu qemu-arm)
include(${CMAKE_CURRENT_LIST_DIR}/../zig_musl.cmake)
