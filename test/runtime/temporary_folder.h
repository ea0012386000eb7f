// temporary_folder.h: a folder for one test, and files to put in it.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "lathe-XXXXXX").string();
    path_ = mkdtemp(&pattern[0]);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string &name) const {
    return path_ + "/" + name;
  }
  const std::string &path() const { return path_; }

private:
  std::string path_;
};

// Their names, sorted.
inline std::vector<std::string> files_in(const TemporaryFolder &folder) {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string read_text(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Compressed when the name ends in .gz.
inline void write_text(const std::string &path, const std::string &text) {
  std::filesystem::create_directories(
      std::filesystem::path(path).parent_path());
  if (path.size() > 3 && path.substr(path.size() - 3) == ".gz") {
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), unsigned(text.size()));
    gzclose(file);
  } else {
    std::ofstream(path, std::ios::binary) << text;
  }
}

// An IDX file of bytes.
inline std::string idx(const std::vector<uint32_t> &shape,
                       const std::string &data) {
  std::string text = {0, 0, 8, char(shape.size())};
  for (uint32_t size : shape)
    for (int shift : {24, 16, 8, 0})
      text += char(size >> shift);
  return text + data;
}

// A version 1.0 .npy file.
inline std::string npy(const std::string &type, const std::string &shape,
                       const std::string &data) {
  std::string header = "{'descr': '" + type +
                       "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  std::string text = "\x93NUMPY";
  text += {1, 0, char(header.size() & 255), char(header.size() >> 8)};
  return text + header + data;
}

template <typename T>
std::string bytes_of(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(T));
}
