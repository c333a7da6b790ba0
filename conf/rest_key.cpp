#include "conf/rest_key.hpp"

#include <fstream>

namespace historyd::conf {

namespace {

sql_error wrong(std::string message) { return {sqlstate::config_file_error, std::move(message)}; }

}  // namespace

result<std::string> rest_key(const rest_config& c) {
    if (!c.key.empty() && !c.key_file.empty()) {
        return wrong("rest.key and rest.key_file: give one of them");
    }
    auto key = c.key;
    if (!c.key_file.empty()) {
        std::ifstream in(c.key_file, std::ios::binary);
        if (!in) return wrong("rest.key_file: cannot read " + c.key_file);
        std::getline(in, key);
        if (key.ends_with('\r')) key.pop_back();
    }
    if (key.empty()) {
        return wrong("rest.listen: a key is needed, in rest.key or rest.key_file");
    }
    return key;
}

}  // namespace historyd::conf
