# The commit that a build is of, for what `linnet bench` and `linnet compare` print: LINNET_COMMIT where it is given, else
# what git says now. A new commit configures again.
function(linnet_commit result)
  set(commit "${LINNET_COMMIT}")
  find_program(GIT_PROGRAM git)
  if(commit STREQUAL "" AND GIT_PROGRAM)
    # The folder may belong to somebody else (a container); only its own .git counts, not that of a folder around it.
    set(git ${GIT_PROGRAM} -c safe.directory=* -C ${PROJECT_SOURCE_DIR})
    execute_process(COMMAND ${git} rev-parse --show-prefix --short HEAD OUTPUT_VARIABLE said ERROR_QUIET
      RESULT_VARIABLE failed)
    if(NOT failed AND said MATCHES "^\n([0-9a-f]+)\n$")
      set(commit "${CMAKE_MATCH_1}")
      execute_process(COMMAND ${git} rev-parse --path-format=absolute --git-path logs/HEAD OUTPUT_VARIABLE log
        OUTPUT_STRIP_TRAILING_WHITESPACE)
      if(EXISTS "${log}")
        set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${log}")
      endif()
    endif()
  endif()
  if(commit STREQUAL "")
    set(commit unknown)
  endif()
  set(${result} "${commit}" PARENT_SCOPE)
endfunction()
