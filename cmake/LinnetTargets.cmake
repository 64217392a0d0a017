# What every target of the project is compiled with, and the two kinds of library there are.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
get_property(LINNET_HAS_SHARED_LIBRARIES GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS)  # WebAssembly has none
set(CMAKE_POSITION_INDEPENDENT_CODE ${LINNET_HAS_SHARED_LIBRARIES})
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_package(Threads REQUIRED)

# Not where the compiler is whatever the user has: within another project, or called by pip.
set(warnings_are_errors OFF)
if(PROJECT_IS_TOP_LEVEL AND NOT SKBUILD)
  set(warnings_are_errors ON)
endif()
option(LINNET_WARNINGS_ARE_ERRORS "Stop at warnings" ${warnings_are_errors})

add_library(linnet_options INTERFACE)
target_include_directories(linnet_options INTERFACE ${PROJECT_SOURCE_DIR})
if(MSVC)
  target_compile_options(linnet_options INTERFACE /W4 /fp:precise)
else()
  # -ffp-contract=off: no compiler may turn a * b + c into one rounding (docs/numerics.md).
  target_compile_options(linnet_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -ffp-contract=off)
  if(LINNET_WARNINGS_ARE_ERRORS)
    target_compile_options(linnet_options INTERFACE -Werror)
  endif()
endif()
if(LINNET_SANITIZE)
  target_compile_options(linnet_options INTERFACE -fsanitize=${LINNET_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  # These two need type information, which the runtime has not, and a C++ runtime, which a program in C has not.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(linnet_options INTERFACE -fno-sanitize=function,vptr)
  endif()
  target_link_options(linnet_options INTERFACE -fsanitize=${LINNET_SANITIZE})
endif()

# What a device carries is compiled without exceptions and RTTI everywhere, so that nothing of it can come to need them.
add_library(linnet_device_options INTERFACE)
target_link_libraries(linnet_device_options INTERFACE linnet_options)
if(NOT MSVC)
  target_compile_options(linnet_device_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
  # Kernels without any optimization are too slow to test; for the tools it is their compile time that counts.
  target_compile_options(linnet_device_options INTERFACE $<$<CONFIG:Debug>:-O1>)
endif()

# linnet_device_library(name sources...): a part of what a device carries: base/, model_read or runtime/.
function(linnet_device_library name)
  add_library(${name} STATIC ${ARGN})
  # Private: the tools that link these do use exceptions.
  target_link_libraries(${name} PUBLIC linnet_options PRIVATE linnet_device_options)
endfunction()

# linnet_tool_library(name sources...): a static library above the runtime.
function(linnet_tool_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC linnet_options)
  # GCC 12 is wrong about "literal" + std::string&& (its bug 105651).
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endfunction()
