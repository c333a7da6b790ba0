#include "proxy/protocol/binary_layout.hpp"

#include "storage/types/reg_text.hpp"
#include "storage/types/type_errors.hpp"

namespace historyd::protocol {

namespace type_oid = types::type_oid;

std::size_t wire_size(types::oid type) {
    switch (type) {
        case type_oid::bool_:
            return 1;
        case type_oid::int2:
            return 2;
        case type_oid::int4:
        case type_oid::float4:
        case type_oid::date:
        case type_oid::oid_:
        case type_oid::xid:
        case type_oid::cid:
            return 4;
        case type_oid::int8:
        case type_oid::float8:
        case type_oid::timestamp:
        case type_oid::timestamptz:
        case type_oid::time:
            return 8;
        case type_oid::timetz:
            return 12;
        case type_oid::interval:
            return 16;
        default:
            return types::is_reg_type(type) ? 4 : 0;
    }
}

bool is_text_on_wire(types::oid type) {
    switch (type) {
        case type_oid::text:
        case type_oid::varchar:
        case type_oid::bpchar:
        case type_oid::name:
        case type_oid::unknown:
        case type_oid::cstring:
        case type_oid::json:
        case type_oid::xml:
            return true;
        default:
            return false;
    }
}

sql_error no_binary_form(types::oid type, std::string_view direction) {
    return {sqlstate::feature_not_supported, "no binary " + std::string(direction) +
                                                 " function available for type " +
                                                 types::display_name(type)};
}

}  // namespace historyd::protocol
