# For users' projects; installed with the package.
#
#   cloudflow_add_streamlet(<name> SOURCES <file>... [LINK <lib>...])
#     One or more streamlets as an object library.
#
#   cloudflow_add_application(<name> BLUEPRINT <blueprint.conf> STREAMLETS <name>... [SOURCES <file>...] [LINK <lib>...])
#     The application's module, lib<name>.so. Its last build step makes the descriptor, in a child process, and writes it
#     into the module. The blueprint is checked by `cloudflow verify`.
#
#   cloudflow_add_streamlet_test(<name> SOURCES <file>... STREAMLETS <name>... [LINK <lib>...])
#     A test program with the streamlets and the testkit in it, known to ctest; `cloudflow test` runs it.

set(CLOUDFLOW_MODULE_OPTIONS -fvisibility=hidden -fvisibility-inlines-hidden)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND CLOUDFLOW_MODULE_OPTIONS -fno-gnu-unique)
endif()
set(CLOUDFLOW_MODULE_SOURCE ${CMAKE_CURRENT_LIST_DIR}/cloudflow_application_module.cpp
    CACHE INTERNAL "Compiled into every application module")
set(CLOUDFLOW_MODULE_MAP ${CMAKE_CURRENT_LIST_DIR}/cloudflow_module.map CACHE INTERNAL "What a module exports")

function(cloudflow_add_streamlet name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "cloudflow_add_streamlet(${name}): wants SOURCES; does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  add_library(${name} OBJECT ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC cloudflow::native ${arg_LINK})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE ${CLOUDFLOW_MODULE_OPTIONS})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

function(cloudflow_add_application name)
  cmake_parse_arguments(arg "" "BLUEPRINT" "STREAMLETS;SOURCES;LINK" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_BLUEPRINT)
    message(FATAL_ERROR "cloudflow_add_application(${name}): wants BLUEPRINT; does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${arg_BLUEPRINT})
    message(FATAL_ERROR "cloudflow_add_application(${name}): there is no ${CMAKE_CURRENT_SOURCE_DIR}/${arg_BLUEPRINT}")
  endif()
  add_library(${name} MODULE ${CLOUDFLOW_MODULE_SOURCE} ${arg_SOURCES})
  set_source_files_properties(${CLOUDFLOW_MODULE_SOURCE} PROPERTIES COMPILE_DEFINITIONS
    "CLOUDFLOW_CORE_VERSION=\"${CLOUDFLOW_CORE_VERSION}\";CLOUDFLOW_MODULE_ABI=${CLOUDFLOW_MODULE_ABI}")
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE ${CLOUDFLOW_MODULE_OPTIONS})
  target_link_libraries(${name} PRIVATE cloudflow::native ${arg_STREAMLETS} ${arg_LINK})
  target_link_options(${name} PRIVATE -Wl,--build-id -Wl,-z,defs -Wl,--version-script=${CLOUDFLOW_MODULE_MAP})
  set_target_properties(${name} PROPERTIES PREFIX lib)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND cloudflow::extract $<TARGET_FILE:${name}> ${CMAKE_OBJCOPY}
    COMMENT "Making the descriptor of ${name}" VERBATIM)
  # How `cloudflow run DIR` finds the module, and what it tells the build tool.
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/cloudflow-applications/${name}.conf CONTENT
"name = \"${name}\"
version = \"${PROJECT_VERSION}\"
source = \"${CMAKE_CURRENT_SOURCE_DIR}\"
blueprint = \"${CMAKE_CURRENT_SOURCE_DIR}/${arg_BLUEPRINT}\"
module = \"$<TARGET_FILE:${name}>\"
build = \"${CMAKE_BINARY_DIR}\"
target = \"${name}\"
core = \"$<TARGET_FILE:cloudflow::core>\"
binary = \"${CMAKE_CURRENT_BINARY_DIR}\"
")
endfunction()

function(cloudflow_add_streamlet_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;STREAMLETS;LINK" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "cloudflow_add_streamlet_test(${name}): wants SOURCES; does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE cloudflow::testkit ${arg_STREAMLETS} ${arg_LINK})
  add_test(NAME ${name} COMMAND ${name})
endfunction()
