# What a cross build takes from the host: the headers of libraries that are nothing but headers, and the sources of
# GoogleTest. The host's include folders are not searched, so that nothing of its own libraries is picked up: a folder of
# links in the build tree has these and no others. find_package finds the packages by redirection.

set(host_include ${CMAKE_BINARY_DIR}/host-include)
set(redirects ${CMAKE_FIND_PACKAGE_REDIRECTS_DIR})

# linnet_host_headers(header): links the top folder of `header`, such as nlohmann/json.hpp, into host_include.
function(linnet_host_headers header)
  cmake_path(GET header PARENT_PATH folder)
  find_path(from ${header} PATHS /usr/local/include /usr/include /usr/include/eigen3
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH NO_CACHE)
  if(NOT from)
    message(FATAL_ERROR "${header} was not found on this machine; scripts/setup installs it")
  endif()
  file(MAKE_DIRECTORY ${host_include})
  file(CREATE_LINK ${from}/${folder} ${host_include}/${folder} SYMBOLIC)
endfunction()

# linnet_host_package(name target): find_package(name) gives `target`, which adds host_include.
function(linnet_host_package name target)
  string(TOLOWER ${name} lower)
  file(WRITE ${redirects}/${lower}-config.cmake
    "if(NOT TARGET ${target})\n"
    "  add_library(${target} INTERFACE IMPORTED GLOBAL)\n"
    "  target_include_directories(${target} SYSTEM INTERFACE ${host_include})\n"
    "endif()\n")
endfunction()

linnet_host_headers(flatbuffers/flatbuffers.h)
# find_path leaves these as they are.
set(LINNET_FLATBUFFERS_INCLUDE ${host_include})
if(LINNET_TOOLS)
  linnet_host_headers(nlohmann/json.hpp)
  linnet_host_package(nlohmann_json nlohmann_json::nlohmann_json)
  set(LINNET_JSON_INCLUDE ${host_include})
  if(LINNET_CONVERTERS)
    linnet_host_headers(Eigen/Dense)
    linnet_host_package(Eigen3 Eigen3::Eigen)
  endif()
endif()
if(LINNET_TESTS)
  file(WRITE ${redirects}/gtest-config.cmake "include(${CMAKE_CURRENT_LIST_DIR}/GoogleTestSources.cmake)\n")
endif()
