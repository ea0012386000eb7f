// idx.cpp: the IDX files of MNIST and its successors
// (http://yann.lecun.com/exdb/mnist/): a big-endian magic number 0x000008NN
// with NN dimensions, the dimensions as 32-bit numbers, then bytes.
#include "runtime/data/input_file.h"
#include "runtime/data/readers.h"

namespace lathe {

namespace {

std::vector<std::string> file_names(Part part, const char *kind, int rank) {
  std::vector<std::string> names;
  std::vector<std::string> prefixes = {"train"};
  if (part == Part::Test)
    prefixes = {"t10k", "test"};
  for (const std::string &prefix : prefixes)
    for (char separator : {'-', '.'})
      for (const char *suffix : {"", ".gz"})
        names.push_back(fmt::format("{}-{}{}idx{}-ubyte{}", prefix, kind,
                                    separator, rank, suffix));
  return names;
}

std::string find_images(const std::string &folder, Part part) {
  std::string path = find_file(folder, file_names(part, "images", 3));
  return path.empty() ? find_file(folder, file_names(part, "images", 4)) : path;
}

uint32_t read_big_endian(InputFile &file) {
  uint8_t b[4];
  file.read(b, 4, "the header");
  return uint32_t(b[0]) << 24 | uint32_t(b[1]) << 16 | uint32_t(b[2]) << 8 |
         b[3];
}

// The dimensions of a file of bytes.
std::vector<int64_t> read_header(InputFile &file, int lowest_rank,
                                 int highest_rank) {
  uint32_t magic = read_big_endian(file);
  int rank = int(magic & 0xff);
  if (magic >> 8 != 8 || rank < lowest_rank || rank > highest_rank)
    file.fail_at(0, fmt::format("0x{:08x} is not the magic number of an IDX "
                                "file of bytes with {} dimensions",
                                magic, lowest_rank));
  std::vector<int64_t> shape;
  for (int i = 0; i < rank; ++i)
    shape.push_back(read_big_endian(file));
  return shape;
}

std::unique_ptr<Dataset> open_idx(const std::string &folder,
                                  const DatasetSpec &spec, Part part) {
  const char *wanted = part == Part::Train ? "train" : "t10k";
  std::string images_path = find_images(folder, part);
  std::string labels_path = find_file(folder, file_names(part, "labels", 1));
  if (images_path.empty())
    fail("{}: {}-images-idx3-ubyte[.gz] is missing", folder, wanted);
  if (labels_path.empty())
    fail("{}: {}-labels-idx1-ubyte[.gz] is missing", folder, wanted);

  InputFile images_file(images_path);
  std::vector<int64_t> shape = read_header(images_file, 3, 4);
  int64_t channels = shape.size() == 4 ? shape[3] : 1;
  if (!spec.fits({shape[1], shape[2], channels}))
    images_file.fail_at(8, fmt::format("images are {}x{}x{}, the model's input "
                                       "is {}",
                                       shape[1], shape[2], channels,
                                       spec.shape()));
  std::vector<uint8_t> images;
  images_file.append(images, uint64_t(shape[0]) * uint64_t(spec.image_size()),
                     "images");
  images_file.expect_end("the last image");

  InputFile labels_file(labels_path);
  int64_t count = read_header(labels_file, 1, 1)[0];
  if (count != shape[0])
    labels_file.fail_at(4, fmt::format("{} labels, but {} has {} images", count,
                                       images_path, shape[0]));
  std::vector<uint8_t> bytes;
  labels_file.append(bytes, uint64_t(count), "labels");
  labels_file.expect_end("the last label");
  for (int64_t i = 0; i < count; ++i)
    if (bytes[size_t(i)] >= spec.classes)
      labels_file.fail_at(uint64_t(8 + i),
                          fmt::format("label {} of sample {}, but the model "
                                      "has {} classes",
                                      bytes[size_t(i)], i, spec.classes));
  return std::make_unique<ByteDataset>(
      spec.image_size(), std::move(images),
      std::vector<int32_t>(bytes.begin(), bytes.end()));
}

bool has_part(const std::string &folder, const DatasetSpec &, Part part) {
  return part != Part::Validation && !find_images(folder, part).empty();
}

bool is_idx(const std::string &folder) {
  return !find_images(folder, Part::Train).empty() ||
         !find_images(folder, Part::Test).empty();
}

} // namespace

const Reader idx_reader = {
    "idx", "train-images-idx3-ubyte[.gz] and the like, as MNIST", is_idx,
    has_part, open_idx};

} // namespace lathe
