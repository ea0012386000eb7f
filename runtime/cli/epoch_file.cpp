// epoch_file.cpp: see epoch_file.h.
#include "runtime/cli/epoch_file.h"

#include "runtime/error.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

namespace lathe {

std::string epoch_file(const std::string &filepath, const std::string &row) {
  std::vector<std::string> fields;
  std::istringstream text(row);
  for (std::string field; std::getline(text, field, ',');)
    fields.push_back(field);
  fields.resize(5);
  auto number = [&](size_t field) {
    return fields[field].empty() ? std::nan("")
                                 : std::strtod(fields[field].c_str(), nullptr);
  };
  const long long epoch = std::strtoll(fields[0].c_str(), nullptr, 10) + 1;
  const double accuracy = number(1), loss = number(2), val_accuracy = number(3),
               val_loss = number(4);
  try {
    return fmt::vformat(
        filepath, fmt::make_format_args(fmt::arg("epoch", epoch),
                                        fmt::arg("accuracy", accuracy),
                                        fmt::arg("loss", loss),
                                        fmt::arg("val_accuracy", val_accuracy),
                                        fmt::arg("val_loss", val_loss)));
  } catch (const fmt::format_error &error) {
    fail("ModelCheckpoint's filepath '{}': {}", filepath, error.what());
  }
}

bool has_figures(const std::string &filepath) {
  return epoch_file(filepath, "0,0,0,0,0") != epoch_file(filepath, "1,1,1,1,1");
}

bool needs_validation(const std::string &filepath) {
  return epoch_file(filepath, "0,0,0,0,0") != epoch_file(filepath, "0,0,0,1,1");
}

void make_folder_of(const std::string &path) {
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty())
    std::filesystem::create_directories(folder, error);
  if (error)
    fail("{}: cannot be made: {}", folder.string(), error.message());
}

} // namespace lathe
