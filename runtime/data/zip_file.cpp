// zip_file.cpp: see zip_file.h.
#include "runtime/data/zip_file.h"

#include "runtime/error.h"

#include <minizip/unzip.h>

#include <algorithm>
#include <cstring>
#include <fstream>

namespace lathe {

namespace {

constexpr int case_sensitive = 1;

struct CloseZip {
  void operator()(void *zip) const { unzClose(zip); }
};
using Zip = std::unique_ptr<void, CloseZip>;

Zip open_zip(const std::string &path) {
  Zip zip(unzOpen64(path.c_str()));
  if (!zip)
    fail("{}: the zip file is damaged or cut off", path);
  return zip;
}

class ZipMember : public ByteSource {
public:
  ZipMember(const std::string &path, const std::string &member)
      : zip_(open_zip(path)), name_(path + ": " + member) {
    unz_file_info64 info = {};
    if (unzLocateFile(zip_.get(), member.c_str(), case_sensitive) != UNZ_OK)
      fail("{}: is missing", name_);
    if (unzGetCurrentFileInfo64(zip_.get(), &info, nullptr, 0, nullptr, 0,
                                nullptr, 0) != UNZ_OK ||
        unzOpenCurrentFile(zip_.get()) != UNZ_OK)
      fail("{}: cannot be read: its entry is damaged, or compressed in an "
           "unknown way",
           name_);
    largest_ = std::min<uint64_t>(info.uncompressed_size,
                                  info.compressed_size * largest_deflate_ratio);
  }

  const std::string &name() const override { return name_; }
  bool is_compressed() const override { return true; }
  uint64_t largest() const override { return largest_; }

  int read(void *data, unsigned size, std::string &problem) override {
    if (at_end_)
      return 0;
    const int got = unzReadCurrentFile(zip_.get(), data, size);
    at_end_ = got <= 0;
    if (got < 0)
      problem = "the compressed data is damaged or cut off";
    // At the end, the checksum is compared.
    else if (got == 0 && unzCloseCurrentFile(zip_.get()) == UNZ_CRCERROR)
      problem = "the data is damaged: its checksum is another";
    return got;
  }

private:
  Zip zip_;
  std::string name_;
  uint64_t largest_ = 0;
  bool at_end_ = false;
};

} // namespace

bool is_zip_file(const std::string &path) {
  char start[4] = {};
  std::ifstream(path, std::ios::binary).read(start, 4);
  return std::memcmp(start, "PK\3\4", 4) == 0;
}

std::vector<std::string> zip_members(const std::string &path) {
  std::vector<std::string> members;
  if (!is_zip_file(path))
    return members;
  const Zip zip = open_zip(path);
  int status = unzGoToFirstFile(zip.get());
  for (; status == UNZ_OK; status = unzGoToNextFile(zip.get())) {
    char name[256] = "";
    unz_file_info64 info;
    status = unzGetCurrentFileInfo64(zip.get(), &info, name, sizeof(name) - 1,
                                     nullptr, 0, nullptr, 0);
    if (status != UNZ_OK)
      break;
    members.push_back(name);
  }
  if (status != UNZ_END_OF_LIST_OF_FILE)
    fail("{}: its list of members is damaged", path);
  return members;
}

std::unique_ptr<ByteSource> open_zip_member(const std::string &path,
                                            const std::string &member) {
  return std::make_unique<ZipMember>(path, member);
}

} // namespace lathe
