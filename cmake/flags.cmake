# Warnings, sanitizers and coverage: one interface target that everything of ours links to.

add_library(mdlguard_flags INTERFACE)
target_compile_definitions(mdlguard_flags INTERFACE _GNU_SOURCE=)
target_compile_options(mdlguard_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
  # Functions that nobody should call cannot be called: see the header.
  -include ${PROJECT_SOURCE_DIR}/analyzer/base/banned.h)

if(MDLGUARD_WERROR)
  target_compile_options(mdlguard_flags INTERFACE -Werror)
endif()

if(MDLGUARD_SANITIZE)
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(mdlguard_flags INTERFACE ${sanitize})
  target_link_options(mdlguard_flags INTERFACE ${sanitize})
endif()

if(MDLGUARD_COVERAGE)
  target_compile_options(mdlguard_flags INTERFACE --coverage)
  target_compile_definitions(mdlguard_flags INTERFACE MDLGUARD_COVERAGE)
  target_link_options(mdlguard_flags INTERFACE --coverage)
endif()

# Code that a fuzzer steers by; the targets add -fsanitize=fuzzer themselves, which brings the main function.
if(MDLGUARD_FUZZ)
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_FLAGS -fsanitize=fuzzer)
  check_c_source_compiles("#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { (void)data; (void)size; return 0; }" MDLGUARD_HAS_FUZZER)
  unset(CMAKE_REQUIRED_FLAGS)
  if(MDLGUARD_HAS_FUZZER)
    target_compile_options(mdlguard_flags INTERFACE -fsanitize=fuzzer-no-link)
  else()
    message(WARNING "No fuzzer runtime for ${CMAKE_C_COMPILER}: the fuzz targets are not built. libclang-rt-19-dev brings it; another "
      "clang that has it is chosen with -DCMAKE_C_COMPILER=clang")
  endif()
endif()
