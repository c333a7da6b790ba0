#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/types/civil_time.hpp"
#include "storage/types/datetime_tokens.hpp"
#include "storage/types/datetime_words.hpp"
#include "storage/types/timezone.hpp"
#include "storage/types/type_io.hpp"

namespace historyd::types {

// The moment a key word named, when one did; else the fields say it.
enum class named_moment : std::uint8_t { none, epoch, infinity, minus_infinity };

// What the fields of a date/time input say, put together by PostgreSQL's rules ("Date/Time Input
// Interpretation"). One decoder reads one input. Pure.
class datetime_decoder {
public:
    enum class mode : std::uint8_t { date_and_time, time_only };

    datetime_decoder(mode m, const io_settings& settings) : mode_(m), settings_(settings) {}

    field_error decode(std::string_view text);

    // After decode() succeeded. second may be 60 and hour 24; microsecond may be 1000000.
    const civil_time& fields() const { return fields_; }
    named_moment moment() const { return moment_; }
    bool has_date() const { return (seen_ & date_fields) == date_fields; }
    bool has_zone() const { return (seen_ & zone_field) != 0; }
    // The offset the input names, east positive; for a named zone at the date given. nullopt when
    // it names none, or when a named zone has no date to go by.
    std::optional<std::int32_t> east_seconds() const;
    // Set when a zone with changing offsets was named.
    const std::optional<absl::TimeZone>& named_zone() const { return named_zone_; }
    // When decode() failed for an unknown zone: its name (22023).
    const std::string& unknown_zone() const { return unknown_zone_; }

private:
    // Which fields have been given: a field given twice is an error.
    enum : unsigned {
        year_field = 1,
        month_field = 2,
        day_field = 4,
        clock_field = 8,
        zone_field = 16,
        dst_field = 32,
        meridiem_field = 64,
        era_field = 128,
        weekday_field = 256,
        reserved_field = 512,
        day_of_year_field = 1024,
        date_fields = year_field | month_field | day_field,
    };
    enum class expected : std::uint8_t { anything, julian_day, time };

    field_error decode_token(std::size_t i);
    field_error on_date(const std::string& text, std::size_t i);
    field_error on_time(const std::string& text);
    field_error on_number(const std::string& text, std::size_t i);
    field_error on_word(const std::string& text, std::size_t i);
    field_error on_date_word(date_word w, std::size_t i);
    field_error on_julian(std::string_view text);
    field_error set_moment_of_day(date_word_kind which);

    field_error read_date(std::string_view text);
    field_error read_number(std::string_view text, unsigned known, bool text_month,
                            unsigned& given);
    field_error read_run_together(std::string_view text, unsigned known, unsigned& given);
    field_error read_time_with_zone(std::string_view text);
    field_error use_zone_name(std::string_view text, bool must_be_known);
    void set_day(std::int64_t day);
    void put_number(unsigned field, std::int64_t v, std::size_t digits, unsigned& given);
    field_error mark(unsigned fields);
    field_error finish();
    field_error check_date();

    const datetime_decoder::mode mode_;
    const io_settings& settings_;
    std::vector<token> tokens_;
    civil_time fields_{0, 0, 0, 0, 0, 0, 0};
    unsigned seen_ = 0;
    named_moment moment_ = named_moment::none;
    expected expected_ = expected::anything;
    bool text_month_ = false, two_digit_year_ = false, before_christ_ = false, julian_ = false;
    int day_of_year_ = 0;
    std::optional<int> meridiem_;
    std::int32_t east_seconds_ = 0;
    std::optional<absl::TimeZone> named_zone_;
    std::string unknown_zone_;
};

}  // namespace historyd::types
