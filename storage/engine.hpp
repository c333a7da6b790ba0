#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/base/row_sink.hpp"
#include "storage/reader/reader_pool.hpp"
#include "storage/settings/settings.hpp"
#include "storage/sql/plan.hpp"
#include "storage/sql/statement.hpp"
#include "storage/sql/translate.hpp"
#include "storage/writer/writer.hpp"
