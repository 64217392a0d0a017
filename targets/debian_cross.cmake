# What the toolchain files of Debian's cross compilers share: a file sets `triple` and `qemu` and includes this.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${triple}-gcc)
set(CMAKE_CXX_COMPILER ${triple}-g++)

# Libraries and headers are those of the target alone; programs that the build runs are the host's.
set(CMAKE_FIND_ROOT_PATH /usr/${triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# CTest runs every test program under it. No -cpu here: the environment variable QEMU_CPU chooses.
set(CMAKE_CROSSCOMPILING_EMULATOR ${qemu} -L /usr/${triple})
