# Finds libclang 17 or later (19 is what the project is tested with) and the resource directory of the clang that belongs to it.
#
# Sets the imported target mdlguard::libclang, MDLGUARD_LLVM_VERSION and MDLGUARD_RESOURCE_DIR. -DMDLGUARD_LLVM_DIR=/usr/lib/llvm-N
# chooses an installation, -DMDLGUARD_RESOURCE_DIR=DIR a resource directory.

set(MDLGUARD_LLVM_DIR "" CACHE PATH "LLVM installation to take libclang from (for example /usr/lib/llvm-19); empty: search")
set(MDLGUARD_RESOURCE_DIR "" CACHE PATH "clang's resource directory (headers such as stddef.h); empty: ask clang")

# The prefix of LLVM VERSION, or "".
function(mdlguard_llvm_prefix version out)
  set(prefix "")
  find_program(MDLGUARD_LLVM_CONFIG_${version} NAMES llvm-config-${version})
  mark_as_advanced(MDLGUARD_LLVM_CONFIG_${version})
  if(MDLGUARD_LLVM_CONFIG_${version})
    execute_process(COMMAND ${MDLGUARD_LLVM_CONFIG_${version}} --prefix
      OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(NOT EXISTS "${prefix}/include/clang-c/Index.h")
    set(prefix "/usr/lib/llvm-${version}")
  endif()
  if(NOT EXISTS "${prefix}/include/clang-c/Index.h")
    set(prefix "")
  endif()
  set(${out} "${prefix}" PARENT_SCOPE)
endfunction()

set(llvm_prefix "${MDLGUARD_LLVM_DIR}")
if(NOT llvm_prefix)
  foreach(version 19 20 21 18 17)
    mdlguard_llvm_prefix(${version} llvm_prefix)
    if(llvm_prefix)
      break()
    endif()
  endforeach()
endif()

find_path(libclang_include clang-c/Index.h HINTS "${llvm_prefix}/include" NO_CACHE)
find_library(libclang_library NAMES clang libclang HINTS "${llvm_prefix}/lib" NO_CACHE)
if(NOT libclang_include OR NOT libclang_library)
  message(FATAL_ERROR "libclang 17 or later was not found. On Debian: apt install libclang-19-dev; "
    "elsewhere give its folder with -DMDLGUARD_LLVM_DIR=DIR.")
endif()

# Before 17 libclang cannot tell which operator a binary expression has.
file(STRINGS "${libclang_include}/clang-c/Index.h" has_operators REGEX "clang_getCursorBinaryOperatorKind" LIMIT_COUNT 1)
if(NOT has_operators)
  message(FATAL_ERROR "The libclang in ${libclang_include} is older than 17.")
endif()

if(NOT MDLGUARD_RESOURCE_DIR)
  execute_process(COMMAND "${llvm_prefix}/bin/clang" -print-resource-dir
    OUTPUT_VARIABLE resource_dir OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT resource_dir)
    # clang itself is not installed: its headers come with libclang-common-N-dev.
    file(GLOB resource_dir "${llvm_prefix}/lib/clang/*")
    list(GET resource_dir 0 resource_dir)
  endif()
  set(MDLGUARD_RESOURCE_DIR "${resource_dir}" CACHE PATH "" FORCE)
endif()
if(NOT EXISTS "${MDLGUARD_RESOURCE_DIR}/include/stddef.h")
  message(FATAL_ERROR "clang's resource directory '${MDLGUARD_RESOURCE_DIR}' has no include/stddef.h. "
    "On Debian: apt install libclang-common-19-dev; elsewhere give it with -DMDLGUARD_RESOURCE_DIR=DIR.")
endif()

# Loaded when it is needed (frontend/clang.c), by the name that a program linked with it would have.
file(REAL_PATH "${libclang_library}" libclang_file)
get_filename_component(libclang_folder "${libclang_file}" DIRECTORY)
execute_process(COMMAND "${CMAKE_OBJDUMP}" -p "${libclang_file}" OUTPUT_VARIABLE libclang_header ERROR_QUIET)
if(libclang_header MATCHES "SONAME +([^ \n]+)" AND EXISTS "${libclang_folder}/${CMAKE_MATCH_1}")
  set(libclang_file "${libclang_folder}/${CMAKE_MATCH_1}")
endif()
add_library(mdlguard::libclang INTERFACE IMPORTED)
set_target_properties(mdlguard::libclang PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${libclang_include}"
  INTERFACE_COMPILE_DEFINITIONS "MDLGUARD_LIBCLANG=\"${libclang_file}\"")
message(STATUS "libclang: ${libclang_file}, resources in ${MDLGUARD_RESOURCE_DIR}")
