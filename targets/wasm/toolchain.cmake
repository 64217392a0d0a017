# WebAssembly with SIMD128 (no relaxed SIMD: its results differ between engines), for browsers, node and other hosts of
# WASI. The compiler is zig's clang, which brings a C library for it.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)

set(zig ${CMAKE_CURRENT_LIST_DIR}/../zig)
set(CMAKE_C_COMPILER ${zig}/cc)
set(CMAKE_CXX_COMPILER ${zig}/c++)
set(CMAKE_AR ${zig}/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${zig}/ranlib CACHE FILEPATH "")
# Programs that the build runs are the host's; there is no folder of libraries and headers of the target to look in.
set(CMAKE_FIND_ROOT_PATH ${zig})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# There are no exceptions, processes or temporary files: GoogleTest is told so, and getpid() gets a number.
set(flags "-target wasm32-wasi -mcpu=generic+simd128 -ffunction-sections -fdata-sections -fno-exceptions")
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_CXX_FLAGS_INIT "${flags} -D_WASI_EMULATED_GETPID -DGTEST_HAS_EXCEPTIONS=0 -DGTEST_HAS_PTHREAD=0 \
-DGTEST_HAS_DEATH_TEST=0 -DGTEST_HAS_STREAM_REDIRECTION=0")
set(CMAKE_EXE_LINKER_FLAGS_INIT -lwasi-emulated-getpid)

# CTest runs every test program in it.
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/run)
