# Text files as constants of C++, with the hash that a Content-Security-Policy wants of what is within <style> and
# <script>: a script, run at build time.
#
#   cmake -DOUTPUT=assets.cpp -DHEADER=lab/report/assets.h -DNAMESPACE=linnet::lab -P EmbedText.cmake -- Name file ...

# The base64 form of 64 hexadecimal digits.
function(base64_of_digits digits result)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  string(APPEND digits "00")  # 33 bytes: the last group is of two, so its last letter is the padding
  foreach(group RANGE 0 10)
    math(EXPR at "${group} * 6")
    string(SUBSTRING "${digits}" ${at} 6 three)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${three} >> ${shift}) & 63")
      string(SUBSTRING "${alphabet}" ${index} 1 letter)
      string(APPEND text "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

set(content "// Made by cmake/EmbedText.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
math(EXPR last "${CMAKE_ARGC} - 1")
set(separator FALSE)
set(name "")
foreach(i RANGE 0 ${last})
  set(argument "${CMAKE_ARGV${i}}")
  if(NOT separator)
    if(argument STREQUAL "--")
      set(separator TRUE)
    endif()
  elseif(name STREQUAL "")
    set(name "${argument}")
  else()
    file(SHA256 "${argument}" digits)
    base64_of_digits("${digits}" hash)
    file(READ "${argument}" text)
    string(APPEND content
      "const char k${name}[] = R\"linnet(${text})linnet\";\nconst char k${name}Hash[] = \"sha256-${hash}\";\n")
    set(name "")
  endif()
endforeach()
string(APPEND content "\n}  // namespace ${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${content}")
