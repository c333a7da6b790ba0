#pragma once

#include <pg_query/pg_query.pb-c.h>

namespace historyd::sql {

// Calls `visit` with each message right below `m`. A tree is walked by its descriptors: whatever
// node holds what is looked for, it is found.
template <class F>
void for_each_child(const ProtobufCMessage& m, F visit) {
    const auto* bytes = reinterpret_cast<const char*>(&m);
    for (unsigned i = 0; i < m.descriptor->n_fields; ++i) {
        const auto& field = m.descriptor->fields[i];
        if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
        if (field.label == PROTOBUF_C_LABEL_REPEATED) {
            const auto count =
                *reinterpret_cast<const std::size_t*>(bytes + field.quantifier_offset);
            auto* const* items =
                *reinterpret_cast<ProtobufCMessage* const* const*>(bytes + field.offset);
            for (std::size_t at = 0; at < count; ++at) visit(*items[at]);
            continue;
        }
        const bool one_of = (field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        if (one_of &&
            *reinterpret_cast<const std::uint32_t*>(bytes + field.quantifier_offset) != field.id) {
            continue;
        }
        const auto* inner = *reinterpret_cast<const ProtobufCMessage* const*>(bytes + field.offset);
        if (inner != nullptr) visit(*inner);
    }
}

}  // namespace historyd::sql
