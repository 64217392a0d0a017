# 32-bit ARM Linux with glibc, hard float. GCC gives no float arithmetic of plain C++ to NEON, which flushes subnormals on
# ARMv7, without -ffast-math.
set(CMAKE_SYSTEM_PROCESSOR armv7)
set(triple arm-linux-gnueabihf)
set(qemu qemu-arm)
set(flags "-march=armv7-a -mfpu=neon -mfloat-abi=hard -Wno-psabi")
set(CMAKE_C_FLAGS_INIT ${flags})
set(CMAKE_CXX_FLAGS_INIT ${flags})
include(${CMAKE_CURRENT_LIST_DIR}/../debian_cross.cmake)
