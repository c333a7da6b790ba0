#include "storage/sqlite/functions/register.hpp"

#include "storage/sqlite/functions/collations.hpp"
#include "storage/sqlite/functions/families.hpp"

namespace historyd::sqlite {

result<void> register_functions(database& db) {
    for (const auto family : {
             binary_functions(), cast_functions(), digest_functions(), float_functions(),
             float_math_functions(), integer_functions(), numeric_functions(), quote_functions(),
             raise_functions(), random_functions(), text_functions(), text_join_functions(), text_part_functions(),
             trigonometric_functions(),
         }) {
        if (auto ok = add_functions(db, family); !ok) return ok;
    }
    return add_collations(db);
}

}  // namespace historyd::sqlite
