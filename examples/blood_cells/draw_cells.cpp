// draw_cells.cpp: drawn white blood cells of four kinds, told apart by the
// lobes of their nuclei, as a folder of pictures per class; for trying the
// example without the photographs.
//   draw-cells FOLDER COUNT
#include <algorithm>
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

constexpr int width = 320, height = 240;

struct Colour {
  double red, green, blue;
};

struct Picture {
  std::vector<Colour> pixels =
      std::vector<Colour>(width * height, {205, 190, 195});

  /// A disc with a soft edge.
  void draw(double x, double y, double radius, Colour colour) {
    for (int j = std::max(0, int(y - radius) - 1);
         j < std::min(height, int(y + radius) + 2); ++j)
      for (int i = std::max(0, int(x - radius) - 1);
           i < std::min(width, int(x + radius) + 2); ++i) {
        const double inside =
            std::clamp(radius - std::hypot(i - x, j - y), 0.0, 1.0);
        Colour &to = pixels[size_t(j * width + i)];
        to.red += inside * (colour.red - to.red);
        to.green += inside * (colour.green - to.green);
        to.blue += inside * (colour.blue - to.blue);
      }
  }

  void write(const std::string &path, std::mt19937 &random) const {
    std::normal_distribution<double> noise(0, 6);
    std::ofstream file(path, std::ios::binary);
    file << "P6 " << width << ' ' << height << " 255\n";
    for (const Colour &pixel : pixels)
      for (double level : {pixel.red, pixel.green, pixel.blue})
        file.put(char(uint8_t(std::clamp(level + noise(random), 0.0, 255.0))));
    if (!file.flush())
      throw std::runtime_error(path + ": cannot be written");
  }
};

struct Kind {
  const char *name;
  int lobes;
  double radius, spread; // of a lobe, and of their centres
  Colour cell;
};
constexpr Kind kinds[] = {
    {"EOSINOPHIL", 2, 14, 13, {225, 160, 165}},
    {"LYMPHOCYTE", 1, 24, 0, {190, 190, 225}},
    {"MONOCYTE", 3, 17, 9, {185, 180, 205}},
    {"NEUTROPHIL", 4, 10, 17, {215, 195, 205}},
};

Picture draw_cell(const Kind &kind, std::mt19937 &random) {
  std::uniform_real_distribution<double> unit(0, 1);
  Picture picture;
  for (int i = 0; i < 14; ++i) // red cells around it
    picture.draw(unit(random) * width, unit(random) * height,
                 22 + 6 * unit(random), {215, 150, 160});
  const double x = width * (0.3 + 0.4 * unit(random)),
               y = height * (0.3 + 0.4 * unit(random)),
               turn = 6.2832 * unit(random);
  picture.draw(x, y, 38 + 6 * unit(random), kind.cell);
  for (int lobe = 0; lobe < kind.lobes; ++lobe) {
    const double angle = turn + lobe * 4.5 / kind.lobes + 0.3 * unit(random);
    picture.draw(x + kind.spread * std::cos(angle),
                 y + kind.spread * std::sin(angle),
                 kind.radius + 3 * unit(random), {110, 60, 140});
  }
  return picture;
}

} // namespace

int main(int argc, char **argv) {
  const int count = argc == 3 ? std::atoi(argv[2]) : 0;
  if (count < 1) {
    std::fprintf(stderr, "usage: draw-cells FOLDER COUNT\n");
    return 2;
  }
  try {
    std::mt19937 random(1);
    for (const Kind &kind : kinds) {
      const std::string folder = std::string(argv[1]) + "/" + kind.name;
      std::filesystem::create_directories(folder);
      for (int i = 0; i < count; ++i)
        draw_cell(kind, random)
            .write(folder + "/" + std::to_string(i) + ".ppm", random);
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "draw-cells: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
