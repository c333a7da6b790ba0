#pragma once

#include <string>

#include "storage/types/copy_format.hpp"

// How tables are laid out in text files, for those that write and those that read them.

namespace historyd::transfer {

// CSV as PostgreSQL's COPY ... (FORMAT csv) has it: NULL is an empty field, "" an empty text.
types::copy_options csv_options();

// A CSV file holds one table: history.csv, history.messages.csv, history.memory_history.csv.
std::string csv_file_of(const std::string& file, std::size_t table);

}  // namespace historyd::transfer
