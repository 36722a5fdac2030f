# Compiler, warnings, hardening and sanitisers: one place, chosen by the presets.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(SALLYPORT_SANITIZE "" CACHE STRING "comma-separated sanitisers, e.g. address,undefined")
option(SALLYPORT_SANITIZE_PLAIN "sanitise the modules marked PLAIN as well" OFF)
option(SALLYPORT_TOGETHER "compile several sources as one" OFF)
option(SALLYPORT_WERROR "warnings are errors" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wconversion -Wsign-conversion
                    -Werror=switch -Werror=return-type
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(NOT SALLYPORT_SANITIZE)
  add_compile_options(-fstack-protector-strong) # ASan sees more
endif()
if(SALLYPORT_TOGETHER)
  add_compile_options(-Wshadow=local) # a local name of another file is no concern of this one
else()
  add_compile_options(-Wshadow)
endif()
if(SALLYPORT_TOGETHER AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Sixteen sources are large: collecting garbage below 1.5 GB costs a tenth of the time and frees little. The
  # largest takes 2.4 GB, so two at once want 5 GB of memory.
  add_compile_options(--param=ggc-min-expand=1000 --param=ggc-min-heapsize=1500000)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-maybe-uninitialized)  # GCC 12 is wrong about std::variant
endif()
if(SALLYPORT_WERROR)
  add_compile_options(-Werror)
endif()
# Sanitisers go where bytes are untrusted or the core decides: every module but those marked PLAIN, which
# are then not optimised either; the presets fuzz and tsan sanitise those too. UBSan without the checks that
# double the compile time and that ASan makes at run time.
set(SALLYPORT_SANITIZE_OPTIONS "")
set(SALLYPORT_PLAIN_OPTIONS "")
set(SALLYPORT_TEST_OPTIONS "") # of the tests' own files, behind the module's
if(SALLYPORT_SANITIZE)
  set(SALLYPORT_SANITIZE_OPTIONS -fsanitize=${SALLYPORT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
      -fno-sanitize=null,alignment,vptr,object-size,pointer-overflow)
  if(SALLYPORT_SANITIZE_PLAIN)
    set(SALLYPORT_PLAIN_OPTIONS ${SALLYPORT_SANITIZE_OPTIONS})
  else()
    set(SALLYPORT_PLAIN_OPTIONS -O0)
    set(SALLYPORT_TEST_OPTIONS -Og -fno-sanitize=undefined) # a third less to compile; the module itself keeps both
  endif()
  add_link_options(-fsanitize=${SALLYPORT_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-D_FORTIFY_SOURCE=2)
endif()

find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
