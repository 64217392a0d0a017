# One file for every 64-bit ARM Linux: boards, phones (adb shell), servers.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(zig_target "-target aarch64-linux-musl")
set(qemu qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/../zig_musl.cmake)
