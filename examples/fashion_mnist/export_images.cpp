// export_images.cpp: test images of a Fashion-MNIST-like data set as PNG files,
// so that `predict` has files to look at.
//   export-images DATA FOLDER COUNT
#include "runtime/data/dataset.h"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

int main(int argc, char **argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: export-images DATA FOLDER COUNT\n");
    return 2;
  }
  try {
    lathe::DatasetSpec spec;
    spec.height = spec.width = 28;
    spec.channels = 1;
    spec.classes = 10;
    auto dataset = lathe::open_dataset(argv[1], spec, lathe::Part::Test);
    std::filesystem::create_directories(argv[2]);
    std::vector<float> image(spec.image_size());
    std::vector<unsigned char> pixels(image.size());
    for (int64_t sample = 0;
         sample < std::atoi(argv[3]) && sample < dataset->count(); ++sample) {
      int32_t label = 0;
      dataset->read(&sample, 1, image.data(), &label);
      for (size_t i = 0; i < image.size(); ++i)
        pixels[i] = static_cast<unsigned char>(image[i]);
      std::string path = std::string(argv[2]) + "/test" +
                         std::to_string(sample) + "-class" +
                         std::to_string(label) + ".png";
      if (!stbi_write_png(path.c_str(), 28, 28, 1, pixels.data(), 28))
        throw std::runtime_error("cannot write " + path);
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "export-images: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
