# What the toolchain files of zig's clang with musl share: one static file that needs nothing on the device. A file sets
# `triple`, `cpu_flags` and `qemu` and includes this. scripts/setup puts ziglang into .venv.
set(CMAKE_SYSTEM_NAME Linux)
set(zig ${CMAKE_CURRENT_LIST_DIR}/zig)
set(CMAKE_C_COMPILER ${zig}/cc)
set(CMAKE_CXX_COMPILER ${zig}/c++)
set(CMAKE_C_COMPILER_TARGET ${triple})
set(CMAKE_CXX_COMPILER_TARGET ${triple})
set(CMAKE_AR ${zig}/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${zig}/ranlib CACHE FILEPATH "")
# Programs that the build runs are the host's; there is no folder of libraries and headers of the target to look in.
set(CMAKE_FIND_ROOT_PATH ${zig})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# What CMake tries out is not linked: zig would compile the C and C++ libraries for the options of each try.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(flags "${cpu_flags} -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_CXX_FLAGS_INIT ${flags})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -Wl,--gc-sections -s")
set(CMAKE_CROSSCOMPILING_EMULATOR ${qemu})
