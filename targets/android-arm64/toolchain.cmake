# 64-bit Android by the NDK's own toolchain file.
foreach(variable ANDROID_NDK_HOME ANDROID_NDK_ROOT ANDROID_NDK)
  if(NOT ndk AND EXISTS "$ENV{${variable}}/build/cmake/android.toolchain.cmake")
    set(ndk $ENV{${variable}})
  endif()
endforeach()
if(NOT ndk)
  message(FATAL_ERROR "There is no Android NDK: set ANDROID_NDK_HOME to the folder of one (version 25 or later), the one that has "
    "build/cmake/android.toolchain.cmake. Without an NDK, the command of linux-arm64-musl-static runs on phones as it is.")
endif()
set(ANDROID_ABI arm64-v8a)
set(ANDROID_PLATFORM android-24)
set(ANDROID_STL c++_static)
include(${ndk}/build/cmake/android.toolchain.cmake)
