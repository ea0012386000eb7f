// image_kinds.cpp: see image_kinds.h.
#include "runtime/data/image_kinds.h"

#include "runtime/data/image_codecs.h"
#include "runtime/error.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr ImageKind jpeg = {"JPEG", decode_jpeg}, png = {"PNG", decode_png},
                    bmp = {"BMP", decode_bmp}, gif = {"GIF", decode_gif},
                    webp = {"WebP", decode_webp}, tiff = {"TIFF", decode_tiff},
                    pnm = {"PNM", decode_pnm}, pam = {"PAM"}, heic = {"HEIC"},
                    avif = {"AVIF"}, jpeg2000 = {"JPEG 2000"},
                    jxl = {"JPEG XL"}, icon = {"ICO"}, psd = {"PSD"},
                    tga = {"TGA"}, svg = {"SVG"}, raw = {"RAW"};
const ImageKind *const readable[] = {&jpeg, &png,  &bmp, &gif,
                                     &webp, &tiff, &pnm};

struct Signature {
  const ImageKind &kind;
  size_t offset;
  const char *bytes;
  size_t size;
};
const Signature signatures[] = {
    {jpeg, 0, "\xff\xd8\xff", 3},
    {png, 0, "\x89PNG\r\n\x1a\n", 8},
    {gif, 0, "GIF87a", 6},
    {gif, 0, "GIF89a", 6},
    {webp, 8, "WEBPVP8", 7},
    {tiff, 0, "II*\0", 4},
    {tiff, 0, "MM\0*", 4},
    {tiff, 0, "II+\0", 4},
    {tiff, 0, "MM\0+", 4},
    {avif, 4, "ftypavif", 8},
    {avif, 4, "ftypavis", 8},
    {heic, 4, "ftyphei", 7},
    {heic, 4, "ftyphev", 7},
    {heic, 4, "ftypmif1", 8},
    {heic, 4, "ftypmsf1", 8},
    {jpeg2000, 0, "\0\0\0\x0cjP  ", 8},
    {jpeg2000, 0, "\xff\x4f\xff\x51", 4},
    {jxl, 0, "\xff\x0a", 2},
    {jxl, 0, "\0\0\0\x0cJXL ", 8},
    {icon, 0, "\0\0\1\0", 4},
    {psd, 0, "8BPS", 4},
    {bmp, 0, "BM", 2},
};

struct Suffix {
  const ImageKind &kind;
  const char *suffix;
};
const Suffix suffixes[] = {
    {jpeg, ".jpg"},   {jpeg, ".jpeg"},    {jpeg, ".jpe"},     {jpeg, ".jfif"},
    {jpeg, ".pjpeg"}, {jpeg, ".pjp"},     {png, ".png"},      {png, ".apng"},
    {gif, ".gif"},    {bmp, ".bmp"},      {bmp, ".dib"},      {webp, ".webp"},
    {tiff, ".tif"},   {tiff, ".tiff"},    {heic, ".heic"},    {heic, ".heif"},
    {avif, ".avif"},  {jpeg2000, ".jp2"}, {jpeg2000, ".j2k"}, {jxl, ".jxl"},
    {pnm, ".ppm"},    {pnm, ".pgm"},      {pnm, ".pbm"},      {pnm, ".pnm"},
    {pam, ".pam"},    {icon, ".ico"},     {psd, ".psd"},      {tga, ".tga"},
    {svg, ".svg"},    {raw, ".dng"},      {raw, ".cr2"},      {raw, ".cr3"},
    {raw, ".nef"},    {raw, ".arw"},
};

std::string suffix_of(const fs::path &path) {
  return lower_case(path.extension().string());
}

const ImageKind *kind_by_name(const fs::path &path) {
  const std::string suffix = suffix_of(path);
  for (const Suffix &known : suffixes)
    if (suffix == known.suffix)
      return &known.kind;
  return nullptr;
}

// What systems and their programs leave in folders, in lower case.
const char *const litter[] = {"thumbs.db",
                              "ehthumbs.db",
                              "ehthumbs_vista.db",
                              "desktop.ini",
                              "icon\r",
                              "picasa.ini",
                              "__macosx",
                              "@eadir",
                              "$recycle.bin",
                              "system volume information",
                              "lost+found"};

bool is_hidden(const fs::path &path) {
  const std::string name = lower_case(path.filename().string());
  return name[0] == '.' || std::find(std::begin(litter), std::end(litter),
                                     name) != std::end(litter);
}

const ImageKind *kind_by_content(const fs::path &path) {
  char bytes[signature_size];
  std::ifstream file(path, std::ios::binary);
  file.read(bytes, sizeof(bytes));
  return kind_of(reinterpret_cast<const uint8_t *>(bytes),
                 size_t(file.gcount()));
}

// Sorted, so that a sample's number does not depend on the file system.
std::vector<fs::path> entries(const std::string &folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (!is_hidden(entry->path()))
      paths.push_back(entry->path());
  if (error)
    fail("{}: {}", folder, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string kind_of_other(const fs::path &path) {
  const std::string suffix = suffix_of(path);
  return suffix.empty() ? "files without an extension" : suffix;
}

} // namespace

std::string lower_case(std::string text) {
  for (char &c : text)
    c = char(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string readable_kinds() {
  std::string names;
  for (const ImageKind *kind : readable)
    names += fmt::format("{}{}",
                         names.empty()                               ? ""
                         : kind == readable[std::size(readable) - 1] ? " or "
                                                                     : ", ",
                         kind->name);
  return names;
}

const ImageKind *kind_of(const uint8_t *bytes, size_t size) {
  for (const Signature &known : signatures)
    if (size >= known.offset + known.size &&
        std::memcmp(bytes + known.offset, known.bytes, known.size) == 0)
      return &known.kind;
  if (size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
      (std::isspace(bytes[2]) || bytes[2] == '#'))
    return bytes[1] == '7' ? &pam : &pnm;
  return nullptr;
}

FolderContents contents_of(const std::string &folder) {
  FolderContents contents;
  std::error_code error;
  for (const fs::path &path : entries(folder)) {
    if (fs::is_directory(path, error)) {
      contents.folders.push_back(path.string());
      continue;
    }
    if (!fs::is_regular_file(path, error)) {
      ++contents.other_files[fs::is_symlink(path, error) ? "broken links"
                                                         : "special files"];
      continue;
    }
    const ImageKind *named = kind_by_name(path);
    const ImageKind *kind = kind_by_content(path);
    if (kind && kind->decode)
      contents.pictures.push_back(path.string());
    else if (!kind && named && named->decode)
      contents.damaged.push_back(path.string());
    else if (kind || named)
      ++contents.other_pictures[(kind ? kind : named)->name];
    else
      ++contents.other_files[kind_of_other(path)];
  }
  return contents;
}

std::vector<std::string> folders_in(const std::string &folder) {
  std::vector<std::string> folders;
  std::error_code error;
  for (const fs::path &path : entries(folder))
    if (fs::is_directory(path, error))
      folders.push_back(path.string());
  return folders;
}

namespace {

bool is_picture(const fs::path &path) {
  std::error_code ignored;
  return !is_hidden(path) && fs::is_regular_file(path, ignored) &&
         (kind_by_name(path) || kind_by_content(path));
}

void append(std::vector<std::string> &to,
            const std::vector<std::string> &more) {
  to.insert(to.end(), more.begin(), more.end());
}

// `above`: where the folders are that this one is in.
void add_contents(const std::string &folder, std::vector<fs::path> &above,
                  FolderContents &all) {
  std::error_code error;
  const fs::path place = fs::canonical(folder, error);
  if (std::find(above.begin(), above.end(), place) != above.end()) {
    ++all.other_files["links to a folder that they are in"];
    return;
  }
  const FolderContents contents = contents_of(folder);
  append(all.pictures, contents.pictures);
  append(all.damaged, contents.damaged);
  add_counts(all.other_pictures, contents.other_pictures);
  add_counts(all.other_files, contents.other_files);
  above.push_back(place);
  for (const std::string &below : contents.folders)
    add_contents(below, above, all);
  above.pop_back();
}

} // namespace

FolderContents contents_below(const std::string &folder) {
  FolderContents all;
  std::vector<fs::path> above;
  add_contents(folder, above, all);
  std::sort(all.pictures.begin(), all.pictures.end());
  std::sort(all.damaged.begin(), all.damaged.end());
  return all;
}

bool holds_pictures(const std::string &folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_picture(entry->path()))
      return true;
  return false;
}

bool holds_pictures_below(const std::string &folder) {
  std::error_code error;
  fs::recursive_directory_iterator entry(
      folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    if (is_picture(entry->path()))
      return true;
    if (is_hidden(entry->path()))
      entry.disable_recursion_pending();
  }
  return false;
}

Counts FolderContents::others() const {
  Counts counts = other_pictures;
  add_counts(counts, other_files);
  return counts;
}

void add_counts(Counts &counts, const Counts &more) {
  for (const auto &[kind, count] : more)
    counts[kind] += count;
}

std::string list_counts(const Counts &counts) {
  std::vector<std::string> parts;
  for (const auto &[kind, count] : counts)
    parts.push_back(fmt::format("{} {}", count, kind));
  return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace lathe
