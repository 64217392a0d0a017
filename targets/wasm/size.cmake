# Prints how large the module is; an error when it is above its limit in targets/size_limits.txt.
#
#   cmake -DMODULE=linnet.wasm -P size.cmake
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../size_limits.txt line REGEX "^linnet-wasm ")
string(REGEX REPLACE "^linnet-wasm +([0-9]+)$" "\\1" limit "${line}")
file(SIZE ${MODULE} bytes)
message("linnet-wasm: ${bytes} bytes; the limit is ${limit}")
if(NOT bytes LESS_EQUAL limit)
  message(FATAL_ERROR "make it smaller, or raise the limit in targets/size_limits.txt with a reason")
endif()
