# The text files that the binary carries (analyzer/base/embedded.h). They are data: adding one needs no change here.

set(embed_script "${PROJECT_SOURCE_DIR}/cmake/embed.cmake")
set(embedded_dir "${PROJECT_BINARY_DIR}/embedded")
file(MAKE_DIRECTORY "${embedded_dir}")

# mdlguard_embed(NAME arguments... INPUTS files...): makes embedded/NAME.c and appends it to MDLGUARD_EMBEDDED.
function(mdlguard_embed name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TABLE;COUNT;SYMBOL" "INPUTS")
  set(output "${embedded_dir}/${name}.c")
  list(JOIN arg_INPUTS "|" inputs)
  add_custom_command(OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DTABLE=${arg_TABLE}" "-DCOUNT=${arg_COUNT}" "-DSYMBOL=${arg_SYMBOL}"
      "-DINPUTS=${inputs}" -P "${embed_script}"
    DEPENDS "${embed_script}" ${arg_INPUTS}
    COMMENT "Embedding ${name}" VERBATIM)
  set(MDLGUARD_EMBEDDED ${MDLGUARD_EMBEDDED} "${output}" PARENT_SCOPE)
endfunction()

file(GLOB rule_packs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/rules/*.yaml")
file(GLOB rule_pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/rules/MDL*.md")
mdlguard_embed(rules TABLE embedded_rules COUNT embedded_rule_count INPUTS ${rule_packs})
mdlguard_embed(pages TABLE embedded_pages COUNT embedded_page_count INPUTS ${rule_pages})
mdlguard_embed(schema SYMBOL store_schema_sql INPUTS "${PROJECT_SOURCE_DIR}/analyzer/store/schema.sql")
