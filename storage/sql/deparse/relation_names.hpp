#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/types/type_io.hpp"

namespace historyd::sql {

// A definition's text with its relations called as `to` calls what `from` finds by the names that
// are there: those of FROM, WITH items apart, and constants of type regclass. A name that is not
// found, and a text that is not a SELECT, stay as they are. Without `from` or `to` nothing changes.
std::string with_relation_names(const std::string& text,
                                const std::shared_ptr<const types::object_names>& from,
                                const std::shared_ptr<const types::object_names>& to);

// The relations that a definition's text names, in the same places.
std::vector<types::oid> named_relations(const std::string& text, const types::object_names& names);

}  // namespace historyd::sql
