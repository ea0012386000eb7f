// resize_rule.h: how pictures get the model's height and width, as users write
// it; of the compiler, too.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>

namespace lathe {

enum class Interpolation {
  Nearest,
  Bilinear,
  Bicubic,
  Area,
  Lanczos3,
  Lanczos5
};
constexpr const char *interpolation_names[] = {
    "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"};

// What becomes of another aspect ratio: pictures are stretched, cut to what has
// the model's, or get a border.
enum class Fit { Stretch, Crop, Pad };

struct ResizeRule {
  Interpolation interpolation = Interpolation::Bilinear;
  // Filters become wider when shrinking, so that every pixel counts; nearest
  // and area know no such choice.
  bool antialias = true;
  Fit fit = Fit::Stretch;

  bool operator==(const ResizeRule &other) const {
    return interpolation == other.interpolation &&
           antialias == other.antialias && fit == other.fit;
  }
};

constexpr const char *resize_forms =
    "nearest, bilinear, bicubic, area, lanczos3 or lanczos5, perhaps with "
    ",crop or ,pad and ,aliased behind it";

// "lanczos3,crop,aliased"; what is not said is as by default.
inline std::string text_of(const ResizeRule &rule) {
  std::string text = interpolation_names[int(rule.interpolation)];
  if (rule.fit != Fit::Stretch)
    text += rule.fit == Fit::Crop ? ",crop" : ",pad";
  return rule.antialias ? text : text + ",aliased";
}

// False for anything else.
inline bool parse_resize(const std::string &text, ResizeRule &rule) {
  rule = ResizeRule();
  bool has_name = false;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    const auto *name = std::find(std::begin(interpolation_names),
                                 std::end(interpolation_names), word);
    if (begin == 0 && name != std::end(interpolation_names)) {
      rule.interpolation =
          Interpolation(name - std::begin(interpolation_names));
      has_name = true;
    } else if ((word == "crop" || word == "pad") && rule.fit == Fit::Stretch) {
      rule.fit = word == "crop" ? Fit::Crop : Fit::Pad;
    } else if (word == "aliased" && rule.antialias) {
      rule.antialias = false;
    } else {
      return false;
    }
    begin = end + 1;
  }
  return has_name;
}

} // namespace lathe
