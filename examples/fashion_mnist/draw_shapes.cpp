// draw_shapes.cpp: a data set of ten shapes in the format of Fashion-MNIST, for
// trying things without any download.
//   draw-shapes FOLDER
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int side = 28;
using Image = std::array<uint8_t, side * side>;

/// Whether the point, relative to the shape's centre and size, is inside.
using Shape = bool (*)(double x, double y);
constexpr Shape shapes[] = {
    [](double x, double y) { return x * x + y * y < 1; },
    [](double x, double y) { return std::fabs(x) < 0.9 && std::fabs(y) < 0.9; },
    [](double x, double y) { return y < 0.8 && y > 2 * std::fabs(x) - 1; },
    [](double x, double y) { return std::fabs(x) + std::fabs(y) < 1; },
    [](double x, double y) {
      double r = x * x + y * y;
      return r < 1 && r > 0.4;
    },
    [](double x, double y) { return std::fabs(x) < 0.3 || std::fabs(y) < 0.3; },
    [](double x, double y) { return std::fabs(x) < 0.3 && std::fabs(y) < 1; },
    [](double x, double y) { return std::fabs(y) < 0.3 && std::fabs(x) < 1; },
    [](double x, double y) {
      return std::fabs(std::fabs(x) - std::fabs(y)) < 0.3;
    },
    [](double x, double y) {
      return std::fabs(x) < 1 && std::fabs(y) < 1 &&
             std::fmod(x + 3, 0.8) < 0.4;
    },
};

Image draw(int label, std::mt19937 &random) {
  std::uniform_real_distribution<double> place(10, 18), size(6, 10),
      light(120, 255), noise(-30, 30);
  double centre_x = place(random), centre_y = place(random),
         radius = size(random), value = light(random);
  Image image;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      double dx = (x - centre_x) / radius, dy = (y - centre_y) / radius;
      bool inside = dx * dx + dy * dy < 2 && shapes[label](dx, dy);
      double pixel = (inside ? value : 20) + noise(random);
      image[y * side + x] =
          static_cast<uint8_t>(std::fmin(std::fmax(pixel, 0), 255));
    }
  return image;
}

void write_number(std::ofstream &file, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    file.put(static_cast<char>(number >> shift & 255));
}

bool write_set(const std::filesystem::path &folder, const std::string &name,
               uint32_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::ofstream images(folder / (name + "-images-idx3-ubyte"),
                       std::ios::binary);
  std::ofstream labels(folder / (name + "-labels-idx1-ubyte"),
                       std::ios::binary);
  for (uint32_t number : {0x803u, count, uint32_t(side), uint32_t(side)})
    write_number(images, number);
  for (uint32_t number : {0x801u, count})
    write_number(labels, number);
  for (uint32_t i = 0; i < count; ++i) {
    int label = static_cast<int>(random() % std::size(shapes));
    Image image = draw(label, random);
    images.write(reinterpret_cast<const char *>(image.data()), image.size());
    labels.put(static_cast<char>(label));
  }
  images.close();
  labels.close();
  return images && labels;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: draw-shapes FOLDER\n");
    return 2;
  }
  std::error_code error;
  std::filesystem::create_directories(argv[1], error);
  // More than the 5,000 images that the recipe sets apart for validation.
  if (error || !write_set(argv[1], "train", 15000, 1) ||
      !write_set(argv[1], "t10k", 2000, 2)) {
    std::fprintf(stderr, "draw-shapes: error: cannot write to %s\n", argv[1]);
    return 1;
  }
  return 0;
}
