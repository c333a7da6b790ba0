// Any text as a value of any type: what is accepted prints, reads back as the same value and has a
// binary form that reads back too. First byte: the type; second: the session's settings.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzzed_types.hpp"
#include "proxy/protocol/binary_format.hpp"
#include "storage/types/compare.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/timezone.hpp"
#include "storage/types/type_io.hpp"

namespace {

using namespace historyd;

types::io_settings settings_from(std::uint8_t bits) {
    types::io_settings s;
    s.order = static_cast<types::date_order>(bits % 3);
    s.intervals = static_cast<types::interval_style>(bits >> 2 & 3);
    s.bytea = static_cast<types::bytea_output>(bits >> 4 & 1);
    if ((bits & 0x20) != 0) s.time_zone = types::find_time_zone("America/New_York")->zone;
    s.now_us = 1'704'164'645'678'901;
    return s;
}

std::string printed(types::type_ref type, const value& v, const types::io_settings& settings) {
    std::string text;
    if (!types::text_out(type, view_of(v), settings, text)) std::abort();
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const types::type_ref type{fuzzed_type(data[0]), -1};
    const auto settings = settings_from(data[1]);
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto v = types::text_in(type, text, settings);
    if (!v) {
        if (v.error().sqlstate == sqlstate::internal_error) std::abort();
        return 0;
    }
    if (!types::is_storage_form(type.id, view_of(*v))) std::abort();
    if (types::compare_values(type.id, view_of(*v), view_of(*v)) != 0) std::abort();

    const auto shown = printed(type, *v, settings);
    const auto again = types::text_in(type, shown, settings);
    if (!again || printed(type, *again, settings) != shown) std::abort();

    std::string wire;
    if (!protocol::binary_out(type.id, view_of(*v), wire)) return 0;
    const auto received = protocol::binary_in(type.id, wire);
    if (!received || *received != *v) std::abort();
    return 0;
}
