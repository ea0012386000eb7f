// data_section.cpp: see data_section.h.
#include "runtime/data/data_section.h"

#include "runtime/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <vector>

namespace lathe {

namespace {

using Json = nlohmann::json;

// What a key sets. The compiler writes no others, and the right types.
template <typename To>
struct Key {
  const char *name;
  std::function<void(const Json &, To &)> set;
};

template <typename To>
void read(const Json &json, const std::vector<Key<To>> &keys, To &to) {
  for (const auto &[name, value] : json.items()) {
    const auto key = std::find_if(
        keys.begin(), keys.end(),
        [&, &wanted = name](const Key<To> &one) { return wanted == one.name; });
    if (key == keys.end())
      fail("the model's section `data` has '{}', which this version does not "
           "know; compile it again",
           name);
    key->set(value, to);
  }
}

template <typename To, typename Value>
Key<To> key(const char *name, Value To::*member) {
  return {name,
          [member](const Json &json, To &to) { json.get_to(to.*member); }};
}

Key<DataSection> column(const char *name, std::string ListColumns::*member) {
  return {name, [member](const Json &json, DataSection &section) {
            json.get_to(section.columns.*member);
          }};
}

SplitRule split_rule(const Json &json) {
  SplitRule rule;
  read(json,
       {key("validation", &SplitRule::validation),
        key("test", &SplitRule::test), key("seed", &SplitRule::seed),
        key("stratified", &SplitRule::stratified),
        key("keras", &SplitRule::keras)},
       rule);
  return rule;
}

const std::vector<Key<DataSection>> keys = {
    key("format", &DataSection::format),
    key("csv", &DataSection::csv),
    key("on_error", &DataSection::on_error),
    column("path", &ListColumns::path),
    column("label", &ListColumns::label),
    column("weight", &ListColumns::weight),
    column("split_column", &ListColumns::split),
    column("group_column", &ListColumns::group),
    {"exif", [](const Json &json,
                DataSection &section) { section.exif = json.get<bool>(); }},
    {"background",
     [](const Json &json, DataSection &section) {
       Colour colour;
       if (!parse_colour(json.get<std::string>(), colour))
         fail("the model's background is '{}', which is no colour",
              json.get<std::string>());
       section.background = colour;
     }},
    {"resize",
     [](const Json &json, DataSection &section) {
       ResizeRule rule;
       if (!parse_resize(json.get<std::string>(), rule))
         fail("the model's resize is '{}', which this version does not know; "
              "compile it again",
              json.get<std::string>());
       section.resize = rule;
     }},
    {"split", [](const Json &json,
                 DataSection &section) { section.split = split_rule(json); }},
    {"group_pattern",
     [](const Json &, DataSection &) {}}, // of the split, below
};

} // namespace

DataSection data_section(const lathe_model &model) {
  DataSection section;
  if (!model.data || !*model.data)
    return section;
  try {
    const Json json = Json::parse(model.data);
    read(json, keys, section);
    if (section.split) {
      section.split->by_column = !section.columns.group.empty();
      section.split->pattern = json.value("group_pattern", "");
      if (model.class_names)
        section.split->class_order.assign(model.class_names,
                                          model.class_names + model.classes);
    }
  } catch (const Json::exception &error) {
    fail("the model's section `data`: {}", error.what());
  }
  return section;
}

} // namespace lathe
