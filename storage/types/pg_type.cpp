#include "storage/types/pg_type.hpp"
