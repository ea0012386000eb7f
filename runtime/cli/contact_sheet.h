// contact_sheet.h: small pictures of a checked data set, for a page.
#pragma once

#include "runtime/cli/data_summary.h"
#include "runtime/cli/png_writer.h"

#include <memory>
#include <string>

namespace lathe {

class ContactSheet {
public:
  explicit ContactSheet(const CheckedData &data) : data_(data) {}

  // Of a sample that can be read: an address that holds the picture itself, as
  // PNG. Throws Error where it has become unreadable.
  std::string picture(size_t part, size_t sample);

private:
  Picture read_file(const CheckedSample &sample) const;
  Picture read_array(size_t part, size_t sample);

  const CheckedData &data_;
  std::unique_ptr<Dataset> arrays_; // of the part
  size_t part_ = 0;
};

} // namespace lathe
