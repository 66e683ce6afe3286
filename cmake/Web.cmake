# The web interface: web/ is built with Vite by scripts/web, and its files become part of the module. The table of files
# is src/web/asset.h. Without PORCHLIGHT_WEB it is empty, and nothing needs npm.
function(porchlight_web name)
  set(folder ${CMAKE_BINARY_DIR}/web)
  if(PORCHLIGHT_WEB)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*)
    file(GLOB settings ${CMAKE_SOURCE_DIR}/web/*.html ${CMAKE_SOURCE_DIR}/web/*.json ${CMAKE_SOURCE_DIR}/web/*.ts
         ${CMAKE_SOURCE_DIR}/web/*.mjs ${CMAKE_SOURCE_DIR}/web/toolchain/*.json)
    add_custom_command(
      OUTPUT ${folder}/assets.cc ${folder}/assets.S
      COMMAND ${CMAKE_SOURCE_DIR}/scripts/web ${folder}
      DEPENDS ${sources} ${settings} ${CMAKE_SOURCE_DIR}/scripts/web
      COMMENT "Building the web interface"
      VERBATIM)
    target_sources(module_${name} PRIVATE ${folder}/assets.cc ${folder}/assets.S)
  else()
    file(CONFIGURE OUTPUT ${folder}/assets.cc CONTENT [[
#include "web/asset.h"

std::span<const porchlight::web::Asset> porchlight::web::assets() { return {}; }
]] @ONLY)
    target_sources(module_${name} PRIVATE ${folder}/assets.cc)
  endif()
  set_source_files_properties(${folder}/assets.cc PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
