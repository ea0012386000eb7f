// pictures.cpp: reads picture files as 224 x 224 of RGB, all of them once for
// each line of standard input, for pictures.py.
#include "runtime/data/image_file.h"
#include "runtime/error.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

int main(int count, char **arguments) {
  const int64_t side = 224;
  std::vector<uint8_t> pixels(side * side * 3);
  std::vector<std::vector<uint8_t>> files;
  for (int i = 1; i < count; ++i) {
    std::ifstream file(arguments[i], std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file),
                       std::istreambuf_iterator<char>());
  }
  try {
    for (std::string line; std::getline(std::cin, line);) {
      for (size_t i = 0; i < files.size(); ++i)
        lathe::read_image(arguments[i + 1], files[i], side, side, 3,
                          pixels.data(), {});
      std::cout << "done" << std::endl;
    }
  } catch (const lathe::Error &error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
