#include "storage/sqlite/current_values.hpp"
#include "storage/sqlite/functions/families.hpp"

// nextval() and its kin. statement_context::currval holds, for the session, the last value of each
// sequence under its OID and the last of all under "lastval".

namespace historyd::sqlite {
namespace {

struct target {
    const statement_context* session;
    const schema::sequence* sequence;
    schema::oid id;
};

result<target> sequence_argument(const function_call& c) {
    const auto* session = c.session();
    if (session == nullptr || session->sequences == nullptr || !session->schema) {
        return sql_error(sqlstate::internal_error, "sequences are not available here");
    }
    const auto id = static_cast<schema::oid>(c.integer(0));
    const auto* found = session->schema->find_sequence(id);
    if (found == nullptr) {
        const auto* other = session->schema->find_relation(id);
        if (other != nullptr) {
            return sql_error(sqlstate::wrong_object_type,
                             "\"" + other->name + "\" is not a sequence");
        }
        return sql_error(sqlstate::undefined_table,
                         "could not open relation with OID " + std::to_string(id));
    }
    return target{session, found, id};
}

result<void> check_writable(const target& t, const char* function) {
    if (!t.session->read_only) return {};
    return sql_error(sqlstate::read_only_sql_transaction,
                     std::string("cannot execute ") + function + "() in a read-only transaction");
}

void remember(const target& t, std::int64_t v) { remember_nextval(*t.session, t.id, v); }

result<value> nextval(const function_call& c) {
    const auto t = sequence_argument(c);
    if (!t) return t.error();
    if (auto ok = check_writable(*t, "nextval"); !ok) return ok.error();
    const auto v = t->session->sequences->next(t->id);
    if (!v) return v.error();
    remember(*t, *v);
    return value(*v);
}

result<value> currval(const function_call& c) {
    const auto t = sequence_argument(c);
    if (!t) return t.error();
    if (t->session->currval) {
        const auto found = t->session->currval->find(std::to_string(t->id));
        if (found != t->session->currval->end()) return value(found->second);
    }
    return sql_error(
        sqlstate::object_not_in_prerequisite_state,
        "currval of sequence \"" + t->sequence->name + "\" is not yet defined in this session");
}

result<value> lastval(const function_call& c) {
    const auto* session = c.session();
    if (session != nullptr && session->currval) {
        const auto found = session->currval->find(last_of_all);
        if (found != session->currval->end()) return value(found->second);
    }
    return sql_error(sqlstate::object_not_in_prerequisite_state,
                     "lastval is not yet defined in this session");
}

// setval(sequence, v, is_called).
result<value> setval(const function_call& c) {
    const auto t = sequence_argument(c);
    if (!t) return t.error();
    if (auto ok = check_writable(*t, "setval"); !ok) return ok.error();
    const auto v = c.integer(1);
    const bool is_called = c.boolean(2);
    if (auto ok = t->session->sequences->set(t->id, v, is_called); !ok) return ok.error();
    // As in PostgreSQL, currval() sees what the next nextval() will go on from, lastval() does not.
    if (is_called && t->session->currval) (*t->session->currval)[std::to_string(t->id)] = v;
    return value(v);
}

result<value> last_value(const function_call& c) {
    const auto t = sequence_argument(c);
    if (!t) return t.error();
    const auto position = t->session->sequences->position(t->id);
    if (!position) return position.error();
    return position->second ? value(position->first) : value();
}

}  // namespace

std::span<const scalar_function> sequence_functions() {
    static constexpr scalar_function functions[] = {
        strict_volatile<nextval>("pg_nextval", 1),
        strict_volatile<currval>("pg_currval", 1),
        strict_volatile<lastval>("pg_lastval", 0),
        strict_volatile<setval>("pg_setval", 3),
        strict_volatile<last_value>("pg_sequence_last_value", 1),
    };
    return functions;
}

}  // namespace historyd::sqlite
