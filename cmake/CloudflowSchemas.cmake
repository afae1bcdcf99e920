# cloudflow_add_schemas(<target> FILES <x.avsc>... [NAMESPACE <ns::of::code>])
#
# Makes the target <target>: whoever links it includes the code of schemas/x.avsc as "<target>/x.hpp". The code changes
# when the schema does. NAMESPACE replaces the schemas' own namespaces. Works in our tree and with an installed package:
# both have the program cloudflow::schemagen.
function(cloudflow_add_schemas target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAMESPACE" "FILES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_FILES)
    message(FATAL_ERROR "cloudflow_add_schemas(${target}): wants FILES; does not know '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  set(root ${CMAKE_CURRENT_BINARY_DIR}/schemas/${target})
  set(options)
  if(arg_NAMESPACE)
    list(APPEND options --namespace ${arg_NAMESPACE})
  endif()
  set(headers)
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file NORMALIZE OUTPUT_VARIABLE path)
    cmake_path(GET path STEM LAST_ONLY stem)
    set(header ${root}/${target}/${stem}.hpp)
    if(header IN_LIST headers)
      message(FATAL_ERROR "cloudflow_add_schemas(${target}): two files would become ${target}/${stem}.hpp")
    endif()
    list(APPEND headers ${header})
    add_custom_command(
      OUTPUT ${header}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${root}/${target}
      COMMAND cloudflow::schemagen ${path} -o ${header} ${options}
      DEPENDS ${path} cloudflow::schemagen
      COMMENT "Making ${target}/${stem}.hpp"
      VERBATIM)
  endforeach()
  add_custom_target(${target}_code DEPENDS ${headers})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_code)
  target_include_directories(${target} INTERFACE ${root})
  target_compile_features(${target} INTERFACE cxx_std_20)
endfunction()
