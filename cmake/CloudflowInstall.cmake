# What others build against: the targets cloudflow::*, `cmake --install`, and find_package(cloudflow) on a prefix or on a
# build tree. Included once, after all rooms and tools and before the examples, which use the same targets and functions.
#
# Components: native (what a module links), testkit, backend (headers of the port that a new engine implements).
include(CMakePackageConfigHelpers)

set(CLOUDFLOW_CORE_VERSION ${PROJECT_VERSION})
file(STRINGS ${PROJECT_SOURCE_DIR}/cloudflow/streamlet/module.hpp module_abi REGEX "module_abi = [0-9]+")
string(REGEX REPLACE ".*module_abi = ([0-9]+).*" "\\1" CLOUDFLOW_MODULE_ABI "${module_abi}")
if(CLOUDFLOW_MODULE_ABI STREQUAL "")
  message(FATAL_ERROR "cloudflow/streamlet/module.hpp does not say `module_abi = <number>`")
endif()
include(CloudflowSchemas)
include(CloudflowApplication)

# The room `native` is objects in the core; a streamlet links it by this name.
add_library(cloudflow_api_native INTERFACE)
target_link_libraries(cloudflow_api_native INTERFACE cloudflow_core)
set_target_properties(cloudflow_api_native PROPERTIES EXPORT_NAME native)

# A backend's library needs the port's headers and the core; the registry stays with the tools (docs/adr/0008).
add_library(cloudflow_api_backend INTERFACE)
target_link_libraries(cloudflow_api_backend INTERFACE cloudflow_core)
set_target_properties(cloudflow_api_backend PROPERTIES EXPORT_NAME backend)

# Kits that need the core only: what users test streamlets with. A kit on top of tool rooms is for tests in this tree.
add_library(cloudflow_testkit STATIC)
get_property(kits GLOBAL PROPERTY CLOUDFLOW_KIT_ROOMS)
set(private_kits)
foreach(room IN LISTS kits)
  set(room_kinds)
  _cloudflow_closure(closure ${room})
  foreach(used IN LISTS closure)
    get_property(kind GLOBAL PROPERTY CLOUDFLOW_ROOM_KIND_${used})
    list(APPEND room_kinds ${kind})
  endforeach()
  if("TOOL" IN_LIST room_kinds)
    list(APPEND private_kits ${room})
  else()
    get_property(lib GLOBAL PROPERTY CLOUDFLOW_ROOM_TARGET_${room})
    target_sources(cloudflow_testkit PRIVATE $<TARGET_OBJECTS:${lib}>)
  endif()
endforeach()
target_link_libraries(cloudflow_testkit PUBLIC cloudflow_core Threads::Threads)
set_target_properties(cloudflow_testkit PROPERTIES EXPORT_NAME testkit LINKER_LANGUAGE CXX
  ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

set_target_properties(cloudflow_headers PROPERTIES EXPORT_NAME headers)
add_library(cloudflow::native ALIAS cloudflow_api_native)
add_library(cloudflow::backend ALIAS cloudflow_api_backend)
add_library(cloudflow::testkit ALIAS cloudflow_testkit)

# --- install -------------------------------------------------------------------------------------------------------
set(programs)
foreach(pair IN ITEMS cloudflow=cli cloudflow-schemagen=schemagen cloudflow-extract=extract)
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 program)
  list(GET pair 1 name)
  if(TARGET ${program})
    list(APPEND programs ${program})
    # From bin/ to lib/ wherever the prefix is moved to.
    file(RELATIVE_PATH to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
    set_target_properties(${program} PROPERTIES EXPORT_NAME ${name} INSTALL_RPATH "$ORIGIN/${to_lib}")
  endif()
endforeach()
install(TARGETS cloudflow_core cloudflow_api_native cloudflow_api_backend cloudflow_testkit cloudflow_headers ${programs}
        EXPORT cloudflow-targets)

# Public headers, as the rooms list them: all of the core, the backend port and the testkit.
set(headers cloudflow/native.hpp)
foreach(kind IN ITEMS CORE KIT)
  get_property(of_kind GLOBAL PROPERTY CLOUDFLOW_${kind}_HEADERS)
  list(APPEND headers ${of_kind})
endforeach()
# Of the room `backend` the port alone: what assembles applications stays with the tools.
foreach(header IN ITEMS backend instance registry workload)
  list(APPEND headers cloudflow/backend/${header}.hpp)
endforeach()
foreach(room IN ITEMS schema/generator ${private_kits})
  list(FILTER headers EXCLUDE REGEX "^cloudflow/${room}/")
endforeach()
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  if(NOT folder IN_LIST folders)
    list(APPEND folders ${folder})
  endif()
  list(APPEND headers_of_${folder} ${PROJECT_SOURCE_DIR}/${header})
endforeach()
foreach(folder IN LISTS folders)
  install(FILES ${headers_of_${folder}} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
endforeach()

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cloudflow)
set(helpers CloudflowApplication.cmake CloudflowSchemas.cmake cloudflow_application_module.cpp cloudflow_module.map)
list(TRANSFORM helpers PREPEND ${PROJECT_SOURCE_DIR}/cmake/)
install(FILES ${helpers} DESTINATION ${config_dir})
install(EXPORT cloudflow-targets NAMESPACE cloudflow:: DESTINATION ${config_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/cloudflow)

# Before 1.0 a minor version may break; from then on only a major one.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cloudflow-config-version.cmake COMPATIBILITY ${compatibility})

# The same config file twice: helpers lie beside the installed one, and in the source tree for the build's own.
set(CLOUDFLOW_HELPERS "\${CMAKE_CURRENT_LIST_DIR}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/cloudflow-config.cmake.in ${PROJECT_BINARY_DIR}/CMakeFiles/installed/cloudflow-config.cmake @ONLY)
set(CLOUDFLOW_HELPERS "${PROJECT_SOURCE_DIR}/cmake")
configure_file(${PROJECT_SOURCE_DIR}/cmake/cloudflow-config.cmake.in ${PROJECT_BINARY_DIR}/cloudflow-config.cmake @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/CMakeFiles/installed/cloudflow-config.cmake
              ${PROJECT_BINARY_DIR}/cloudflow-config-version.cmake DESTINATION ${config_dir})
export(EXPORT cloudflow-targets NAMESPACE cloudflow:: FILE ${PROJECT_BINARY_DIR}/cloudflow-targets.cmake)
