// session: EXPLAIN. The plan is SQLite's, as a tree of its steps.

#include <fmt/format.h>

#include <chrono>

#include "proxy/session/session_impl.hpp"
#include "storage/types/json_text.hpp"

namespace historyd::session {

namespace {

// Takes rows that nobody wants to see.
class no_rows : public row_sink {
public:
    result<void> add(std::span<const value_view> /*row*/) override { return {}; }
    std::size_t bytes() const override { return 0; }
    void rewind(std::size_t /*mark*/) override {}
};

using milliseconds = std::optional<double>;  // nullopt: it was not run

std::string execution_time(double took) { return fmt::format("{:.3f}", took); }

void add_lines(const std::vector<plan_step>& steps, std::size_t depth,
               std::vector<std::string>& lines) {
    for (const auto& step : steps) {
        lines.push_back((depth == 0 ? "" : std::string(6 * depth - 4, ' ') + "->  ") + step.detail);
        add_lines(step.steps, depth + 1, lines);
    }
}

std::vector<std::string> as_text(const std::vector<plan_step>& steps, milliseconds took) {
    std::vector<std::string> lines;
    add_lines(steps, 0, lines);
    if (took) lines.push_back("Execution Time: " + execution_time(*took) + " ms");
    return lines;
}

std::string json_string(std::string_view text) {
    std::string out;
    types::append_json_string(text, out);
    return out;
}

std::string json_of(const plan_step& step, std::size_t indent) {
    const std::string margin(indent, ' ');
    auto out = "{\n" + margin + "  \"Node Type\": " + json_string(step.detail);
    if (!step.steps.empty()) {
        out += ",\n" + margin + "  \"Plans\": [";
        for (const auto& below : step.steps) {
            out += (&below == &step.steps.front() ? "\n" : ",\n") + margin + "    " +
                   json_of(below, indent + 4);
        }
        out += "\n" + margin + "  ]";
    }
    return out + "\n" + margin + "}";
}

std::string as_json(const plan_step& root, milliseconds took) {
    auto out = "[\n  {\n    \"Plan\": " + json_of(root, 4);
    if (took) out += ",\n    \"Execution Time\": " + execution_time(*took);
    return out + "\n  }\n]";
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

std::string yaml_of(const plan_step& step, std::size_t indent) {
    const std::string margin(indent, ' ');
    auto out = "Node Type: " + json_string(step.detail);
    if (!step.steps.empty()) {
        out += "\n" + margin + "Plans:";
        for (const auto& below : step.steps) {
            out += "\n" + margin + "  - " + yaml_of(below, indent + 4);
        }
    }
    return out;
}

std::string as_yaml(const plan_step& root, milliseconds took) {
    auto out = "- Plan:\n    " + yaml_of(root, 4);
    if (took) out += "\n  Execution Time: " + execution_time(*took);
    return out;
}

std::string xml_of(const plan_step& step, std::size_t indent) {
    const std::string margin(indent, ' ');
    auto out =
        margin + "<Plan>\n" + margin + "  <Node-Type>" + xml_text(step.detail) + "</Node-Type>\n";
    if (!step.steps.empty()) {
        out += margin + "  <Plans>\n";
        for (const auto& below : step.steps) out += xml_of(below, indent + 4);
        out += margin + "  </Plans>\n";
    }
    return out + margin + "</Plan>\n";
}

std::string as_xml(const plan_step& root, milliseconds took) {
    auto out =
        "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n" + xml_of(root, 4);
    if (took) out += "    <Execution-Time>" + execution_time(*took) + "</Execution-Time>\n";
    return out + "  </Query>\n</explain>";
}

std::string formatted(sql::explain_format format, const plan_step& root, milliseconds took) {
    switch (format) {
        case sql::explain_format::xml:
            return as_xml(root, took);
        case sql::explain_format::yaml:
            return as_yaml(root, took);
        case sql::explain_format::json:
        case sql::explain_format::text:
            break;
    }
    return as_json(root, took);
}

// PostgreSQL's plans have one node on top.
plan_step rooted(std::vector<plan_step> steps, std::string_view tag) {
    if (steps.size() == 1) return std::move(steps.front());
    return {.detail = std::string(tag), .steps = std::move(steps)};
}

}  // namespace

asio::awaitable<session::impl::outcome> session::impl::on_explain(portal& p, run_options options,
                                                                  const sql::explain_statement& s) {
    auto explained = inside(p, s.query);
    if (auto ready = sql_.prepare(explained); !ready) co_return ready.error();
    if (!explained.plan->steps.empty()) {
        co_return unsupported("EXPLAIN of " + explained.plan->tag + " is not supported");
    }
    auto steps = co_await sql_.explain(explained);
    if (!steps) co_return steps.error();
    milliseconds took;
    if (s.analyze) {
        no_rows sink;
        const auto began = std::chrono::steady_clock::now();
        auto ran =
            co_await sql_.execute(explained, p.parameters, sink, reader::unlimited, options.mode);
        if (!ran) co_return ran.error();
        const std::chrono::duration<double, std::milli> ms =
            std::chrono::steady_clock::now() - began;
        took = ms.count();
    }
    std::vector<std::string> texts;
    if (s.format == sql::explain_format::text) {
        texts = as_text(*steps, took);
    } else {
        const auto root = rooted(std::move(*steps), sql::command_tag(s.query));
        texts = {formatted(s.format, root, took)};
    }
    std::vector<std::vector<value>> rows;
    for (auto& text : texts) rows.push_back({std::move(text)});
    co_return co_await run_text_rows(p, options, std::move(rows), "EXPLAIN");
}

}  // namespace historyd::session
