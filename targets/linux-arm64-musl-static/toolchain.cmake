# One file for every 64-bit ARM Linux: boards, phones (adb shell), servers.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triple aarch64-linux-musl)
set(cpu_flags "")
set(qemu qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/../zig_musl.cmake)
