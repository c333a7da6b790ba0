# `cmake --build build/release --target package` makes a .deb of what is installed here.
set(conf ${PROJECT_SOURCE_DIR}/conf)

install(TARGETS historyd DESTINATION bin)
install(FILES ${conf}/historyd.service ${conf}/historyd.socket DESTINATION lib/systemd/system)
install(FILES ${conf}/package/historyd.sysusers DESTINATION lib/sysusers.d RENAME historyd.conf)
install(FILES ${conf}/historyd.toml DESTINATION /etc/historyd)
install(FILES ${conf}/alerts.yml ${conf}/grafana.json DESTINATION share/historyd)
install(FILES ${conf}/historyd.bash-completion DESTINATION share/bash-completion/completions RENAME historyd)
install(FILES README.md CHANGELOG.md DESTINATION share/doc/historyd)
install(FILES LICENSE DESTINATION share/doc/historyd RENAME copyright)

foreach(page historyd.1 historyd.toml.5)
    string(REGEX MATCH "[0-9]$" section ${page})
    set(compressed ${PROJECT_BINARY_DIR}/${page}.gz)
    add_custom_command(OUTPUT ${compressed}
        COMMAND gzip -9nc ${conf}/man/${page} > ${compressed}
        DEPENDS ${conf}/man/${page} VERBATIM)
    list(APPEND compressed_pages ${compressed})
    install(FILES ${compressed} DESTINATION share/man/man${section})
endforeach()
add_custom_target(historyd_man ALL DEPENDS ${compressed_pages})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME historyd)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "historyd maintainers <maintainers@historyd.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "PostgreSQL server for mem0's history, on one SQLite file")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# For its user where systemd makes none, and for time zones.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd, tzdata")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${conf}/package/postinst ${conf}/package/prerm
    ${conf}/package/postrm ${conf}/package/conffiles)
include(CPack)
