#include "proxy/log_setup.hpp"

#include <absl/time/time.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace historyd {

namespace {

// Text as the inside of a JSON string. Bytes that are no UTF-8 cannot come here: the log speaks of
// what was parsed, and parsing validates.
void append_escaped(std::string_view text, spdlog::memory_buf_t& out) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20 || byte == 0x7f) {
            fmt::format_to(fmt::appender(out), "\\u{:04x}", byte);
        } else {
            out.push_back(c);
        }
    }
}

// {"time":"2026-11-25T16:43:17.123456Z","level":"info","message":"..."}
class json_formatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& m, spdlog::memory_buf_t& out) override {
        const auto level = spdlog::level::to_string_view(m.level);
        fmt::format_to(
            fmt::appender(out), R"({{"time":"{}","level":"{}","message":")",
            absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromChrono(m.time), absl::UTCTimeZone()),
            std::string_view(level.data(), level.size()));
        append_escaped({m.payload.data(), m.payload.size()}, out);
        constexpr std::string_view end = "\"}\n";
        out.append(end.data(), end.data() + end.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<json_formatter>();
    }
};

}  // namespace

void set_up_log(const conf::log_config& c) {
    auto logger = spdlog::stderr_logger_mt("historyd");
    if (c.format == "json") {
        logger->set_formatter(std::make_unique<json_formatter>());
    } else {
        logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    }
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
    set_log_level(c);
}

void set_log_level(const conf::log_config& c) {
    spdlog::set_level(spdlog::level::from_str(c.level == "warn" ? "warning" : c.level));
}

}  // namespace historyd
