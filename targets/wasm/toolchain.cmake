# WebAssembly with SIMD128 (no relaxed SIMD: its results differ between engines), for browsers, node and other hosts of
# WASI. The compiler is zig's clang, which brings a C library for it.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)

set(zig ${CMAKE_CURRENT_LIST_DIR}/../zig)
set(CMAKE_C_COMPILER ${zig}/cc)
set(CMAKE_CXX_COMPILER ${zig}/c++)
set(CMAKE_AR ${zig}/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${zig}/ranlib CACHE FILEPATH "")
set(flags "-target wasm32-wasi -mcpu=generic+simd128 -ffunction-sections -fdata-sections")
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_CXX_FLAGS_INIT ${flags})
