#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/sql_error.hpp"
#include "storage/base/value.hpp"

namespace historyd::sqlite {

struct statement_context;

// What a statement may know and do of the running daemon beyond the file: tables whose rows only
// the composition root knows (pg_stat_activity, those of SHOW), and other clients' sessions. The
// composition root implements it; used on reader, writer and I/O threads.
class live_server {
public:
    virtual ~live_server() = default;

    // The columns of a table that SHOW prints, all text. Returns: nullopt when it has no such
    // table.
    virtual std::optional<std::vector<std::string>> shown_columns(std::string_view name) const = 0;

    // Rows in storage form: of SHOW's tables, and of the catalog's by their names.
    virtual std::vector<std::vector<value>> rows(std::string_view table,
                                                 const statement_context& viewer) const = 0;

    // pg_cancel_backend() and pg_terminate_backend(). Returns: false when there is no such session;
    // 42501 when it is not for `who` to do.
    enum class act : std::uint8_t { cancel, terminate };
    virtual result<bool> signal_backend(std::int32_t process_id, act what,
                                        const statement_context& who) = 0;

    // historyd_retry_parked() and historyd_discard_parked(): the writer is told, and not waited
    // for. Errors: 42704 when there is no such change, 42501 likewise.
    enum class parked_act : std::uint8_t { retry, discard };
    virtual result<bool> change_parked(std::int64_t seq, parked_act what,
                                       const statement_context& who) = 0;
};

}  // namespace historyd::sqlite
