// write_connection: what it does for the outbox. Nothing, when nothing is forwarded.

#include "storage/writer/write_connection.hpp"

namespace historyd::writer {

result<void> write_connection::set_up_outbox(const std::filesystem::path& file,
                                             const writer_options& options,
                                             outbox::progress& progress) {
    if (!options.forward) return outbox::outbox_writer::leave(*db_);
    auto opened = outbox::outbox_writer::open(
        *db_, file, progress,
        {.caps = options.outbox_caps, .retention_us = options.outbox_retention_s * 1'000'000},
        *schema_);
    if (!opened) return opened.error();
    outbox_ = std::move(*opened);
    return {};
}

result<std::int64_t> write_connection::seal() {
    if (!outbox_) return 0;
    return outbox_->seal();
}

// DDL and TRUNCATE go as what they say.
result<void> write_connection::tell_outbox(const sql::plan& plan) {
    if (!outbox_ || plan.temporary) return {};
    if (plan.repeatable_sql.empty()) {
        return unsupported("this form of " + plan.tag + " cannot be forwarded to the backend");
    }
    const auto op = plan.command == sql::command::truncate ? outbox::change_op::truncate
                                                           : outbox::change_op::ddl;
    std::vector<outbox::named_value> settings;
    for (const auto& [name, text] : plan.constant_settings) settings.push_back({name, text});
    auto told = outbox_->add_statement(op, plan.search_path, plan.repeatable_sql, settings);
    for (const auto& text : plan.backend_sql) {
        if (told) told = outbox_->add_statement(op, plan.search_path, text, settings);
    }
    return told;
}

result<unit_outcome> write_connection::run_outbox_request(const write_unit& unit) {
    if (!outbox_) {
        return sql_error(sqlstate::object_not_in_prerequisite_state, "nothing is forwarded");
    }
    const auto request = [&](outbox::outbox_writer& outbox) {
        return unit.outbox_request(outbox, *schema_);
    };
    if (auto done = outbox_->run(request); !done) return done.error();
    cookie_moved_ = true;  // it may have touched triggers
    unit_outcome out;
    auto sealed = seal();
    if (!sealed) {
        rollback();
        return sealed.error();
    }
    out.outbox_seq = *sealed;
    return out;
}

result<void> write_connection::work_on_outbox() {
    if (auto begun = begin(); !begun) return begun;
    auto worked = outbox_->work(*schema_);
    if (!worked) {
        rollback();
        return worked.error();
    }
    cookie_moved_ = cookie_moved_ || *worked;
    return commit();
}

}  // namespace historyd::writer
