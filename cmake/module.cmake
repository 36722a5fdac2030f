# sallyport_together(TARGET [ALONE...])
#
# In the presets dev and release sixteen sources are one translation unit, because each on its own reads the
# same headers and instantiates the same templates for longer than its own lines: the tree compiles in a fraction
# of the time. So a name that is local to a file is not local to another of its target, or the file stands among
# ALONE. The other presets compile each alone, which shows that each includes what it needs.
function(sallyport_together TARGET)
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ${SALLYPORT_TOGETHER} UNITY_BUILD_BATCH_SIZE 16)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# doctest's own code, compiled once for every test binary: $<TARGET_OBJECTS:doctest_main>.
add_library(doctest_main OBJECT ${CMAKE_SOURCE_DIR}/src/base/testing/main.cc)
target_compile_options(doctest_main PRIVATE ${SALLYPORT_PLAIN_OPTIONS})

# sallyport_module(NAME [PURE] [PLAIN] [DEPS module...])
#
# Declares the static library `sp_NAME` from src/NAME/CMakeLists.txt, which sets
#   SOURCES (.cc)  HEADERS (.h)  TESTS (_test.cc)  LIBS (imported targets, private)
#   ALONE (those of SOURCES and TESTS that are not compiled together with others; see sallyport_together)
#   TESTING (.cc that its tests, other modules' tests and benchmarks stand on: the library sp_NAME_testing)
#   TEST_DEPS (modules whose TESTING its own stand on)
# Every file is named; there is no globbing.
#
# The direction of dependence is enforced by the include path: a module's include root is a folder
# that holds one link, NAME -> src/NAME, and a module sees only its own root and those of its DEPS.
# An include that the table does not allow is "No such file or directory".
# A module that is PLAIN is not sanitised in the dev preset (it moves bytes that others have checked); it is
# in the presets fuzz and tsan.
# A module that is PURE is also checked by its symbol table (tools/check-pure.sh).
function(sallyport_module NAME)
  cmake_parse_arguments(ARG "PURE;PLAIN" "" "DEPS" ${ARGN})
  foreach(dep IN LISTS ARG_DEPS)
    if(NOT TARGET sp_${dep})
      message(FATAL_ERROR "module ${NAME} depends on ${dep}, which is not declared above it in CMakeLists.txt")
    endif()
  endforeach()

  set(root ${CMAKE_BINARY_DIR}/roots/${NAME})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${NAME} ${root}/${NAME} SYMBOLIC)

  set(SOURCES "")
  set(HEADERS "")
  set(TESTS "")
  set(LIBS "")
  set(ALONE "")
  set(TESTING "")
  set(TEST_DEPS "")
  include(${CMAKE_SOURCE_DIR}/src/${NAME}/CMakeLists.txt)
  list(TRANSFORM SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/${NAME}/)
  list(TRANSFORM TESTS PREPEND ${CMAKE_SOURCE_DIR}/src/${NAME}/)
  list(TRANSFORM HEADERS PREPEND ${root}/${NAME}/)

  if(NOT SOURCES)
    add_library(sp_${NAME} INTERFACE)
    return()
  endif()
  list(TRANSFORM ALONE PREPEND ${CMAKE_SOURCE_DIR}/src/${NAME}/)
  add_library(sp_${NAME} STATIC ${SOURCES})
  sallyport_together(sp_${NAME} ${ALONE})
  # x.cc includes x.h before anything else (tools/tidy.sh), so each build shows that x.h compiles alone. A
  # header without an x.cc is compiled by itself.
  set(lone "")
  foreach(header IN LISTS HEADERS)
    string(REGEX REPLACE "\\.h$" ".cc" source ${header})
    if(NOT EXISTS ${source})
      list(APPEND lone ${header})
    endif()
  endforeach()
  list(REMOVE_ITEM HEADERS ${lone})
  set_target_properties(sp_${NAME} PROPERTIES LINKER_LANGUAGE CXX VERIFY_INTERFACE_HEADER_SETS ON
    INTERFACE_HEADER_SETS_TO_VERIFY lone)
  target_sources(sp_${NAME} PUBLIC FILE_SET HEADERS BASE_DIRS ${root} FILES ${HEADERS}
    FILE_SET lone TYPE HEADERS BASE_DIRS ${root} FILES ${lone})
  target_include_directories(sp_${NAME} PUBLIC ${root})
  if(ARG_PLAIN)
    set(flavour ${SALLYPORT_PLAIN_OPTIONS})
    set(test_flavour "")
  else()
    set(flavour ${SALLYPORT_SANITIZE_OPTIONS})
    set(test_flavour ${SALLYPORT_TEST_OPTIONS})
  endif()
  target_compile_options(sp_${NAME} PRIVATE ${flavour})
  list(TRANSFORM ARG_DEPS PREPEND sp_ OUTPUT_VARIABLE deps)
  target_link_libraries(sp_${NAME} PUBLIC ${deps} fmt::fmt PRIVATE ${LIBS})

  if(TESTING)
    list(TRANSFORM TESTING PREPEND ${CMAKE_SOURCE_DIR}/src/${NAME}/)
    add_library(sp_${NAME}_testing STATIC EXCLUDE_FROM_ALL ${TESTING})
    sallyport_together(sp_${NAME}_testing)
    target_compile_options(sp_${NAME}_testing PRIVATE ${flavour} ${test_flavour})
    list(TRANSFORM TEST_DEPS REPLACE "(.+)" "sp_\\1_testing" OUTPUT_VARIABLE grounds)
    target_link_libraries(sp_${NAME}_testing PUBLIC sp_${NAME} ${grounds} PRIVATE ${LIBS})
    target_compile_definitions(sp_${NAME}_testing PRIVATE
      SALLYPORT_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SALLYPORT_SHARED_DATA="${CMAKE_SOURCE_DIR}/../shared/data")
    list(APPEND TEST_DEPS ${NAME})
  endif()

  if(TESTS)
    add_executable(${NAME}_test ${TESTS} $<TARGET_OBJECTS:doctest_main>)
    sallyport_together(${NAME}_test)
    list(TRANSFORM TEST_DEPS REPLACE "(.+)" "sp_\\1_testing")
    target_link_libraries(${NAME}_test PRIVATE sp_${NAME} ${TEST_DEPS} ${LIBS})
    target_compile_options(${NAME}_test PRIVATE ${flavour} ${test_flavour})
    target_compile_definitions(${NAME}_test PRIVATE
      SALLYPORT_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SALLYPORT_SHARED_DATA="${CMAKE_SOURCE_DIR}/../shared/data")
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
  endif()
  if(ARG_PURE)
    add_test(NAME ${NAME}_is_pure COMMAND ${CMAKE_SOURCE_DIR}/tools/check-pure.sh $<TARGET_FILE:sp_${NAME}>)
  endif()
endfunction()
