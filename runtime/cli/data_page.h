// data_page.h: what `NAME data` has found, as a self-contained HTML page.
#pragma once

#include "runtime/cli/data_summary.h"

#include <string>

namespace lathe {

// Replaces the file. Throws Error.
void write_data_page(const CheckedData &data,
                     const nlohmann::ordered_json &summary,
                     const std::string &path);

} // namespace lathe
