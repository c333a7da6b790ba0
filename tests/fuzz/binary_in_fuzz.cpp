// Any bytes as a binary value of any type: what is accepted is in storage form, prints, and is sent
// in a form that reads back as the same value. First byte: the type.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzzed_types.hpp"
#include "proxy/protocol/binary_format.hpp"
#include "storage/types/foreign_form.hpp"
#include "storage/types/type_io.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace historyd;
    if (size < 1) return 0;
    const types::oid type = fuzzed_type(data[0]);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto v = protocol::binary_in(type, bytes);
    if (!v) {
        if (v.error().sqlstate == sqlstate::internal_error) std::abort();
        return 0;
    }
    if (!types::is_storage_form(type, view_of(*v))) std::abort();
    std::string text, wire;
    if (!types::text_out({type, -1}, view_of(*v), types::io_settings{}, text)) std::abort();
    if (!protocol::binary_out(type, view_of(*v), wire)) std::abort();
    const auto again = protocol::binary_in(type, wire);
    if (!again || *again != *v) std::abort();
    return 0;
}
