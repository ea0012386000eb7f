//===- DataSection.cpp - How data are read and split ----------------------===//
#include "compiler/frontend/DataSection.h"
#include "mlir/IR/Builders.h"
#include "runtime/data/colour.h"
#include "runtime/data/resize_rule.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

//===- The table ----------------------------------------------------------===//

namespace {

constexpr Choice formats[] = {
    {"idx", "MNIST's files, plain or .gz"},
    {"cifar10", "CIFAR-10's binary files"},
    {"npy", "pairs of NumPy arrays, .npy or .npz"},
    {"folders", "a folder of pictures per class"},
    {"csv", "a table of picture files"},
};

constexpr Choice kerasFunctions[] = {
    {"image_dataset_from_directory",
     "the last of all files in the seed's order"},
    {"ImageDataGenerator", "the first files of each class, by name"},
};

constexpr Range share{0, 1, true, true};

constexpr Argument splitMembers[] = {
    {.name = "validation",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "share of the samples that training validates on",
     .range = share},
    {.name = "test",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "share of the samples for evaluate --part test",
     .range = share},
    {.name = "seed",
     .kind = Kind::Integer,
     .fallback = "0",
     .doc = "of the order in which samples are drawn",
     .range = {0, 4294967295.0}},
    {.name = "stratified",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc = "the same share of each class"},
    {.name = "keras",
     .kind = Kind::Choice,
     .fallback = none,
     .doc = "hold out the very files that Keras does with validation_split, of "
            "class folders",
     .choices = kerasFunctions},
};

constexpr Argument groupMembers[] = {
    {.name = "column",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "the column of a table that names the group"},
    {.name = "pattern",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "what a file's name begins with, * for any letters: files whose "
            "shortest such beginning is the same are a group"},
};

constexpr Choice onError[] = {
    {"fail", "an error"},
    {"skip", "leave them out and list them, at most 5 %"},
};

constexpr Choice interpolations[] = {
    {"nearest", "the pixel at the place"},
    {"bilinear", "a triangle"},
    {"bicubic", "Keys's cubic, a = -1/2"},
    {"area", "the mean of what a pixel covers"},
    {"lanczos3", "a windowed sinc over 6 pixels"},
    {"lanczos5", "the same over 10"},
};

constexpr Argument resizeMembers[] = {
    {.name = "interpolation",
     .kind = Kind::Choice,
     .fallback = "bilinear",
     .doc = "how pixels follow from the picture's",
     .choices = interpolations,
     .leads = true},
    {.name = "antialias",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc = "wider filters when shrinking, so that every pixel counts; Keras "
            "has false"},
    {.name = "crop_to_aspect_ratio",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "cut off what the model's aspect ratio has no room for"},
    {.name = "pad_to_aspect_ratio",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "put a border at two sides, black or the background"},
};

constexpr Argument dataMembers[] = {
    {.name = "format",
     .kind = Kind::Choice,
     .fallback = none,
     .doc = "of the data set; by default found by looking",
     .choices = formats},
    {.name = "classes",
     .kind = Kind::Texts,
     .fallback = none,
     .doc = "the classes' names, in the order of the labels"},
    {.name = "csv",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "the table's name in the folder that --data names"},
    {.name = "path",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "the table's column of files; by default found by its name"},
    {.name = "label",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "its column of classes; by default found by its name"},
    {.name = "weight",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "its column of what each sample's loss counts; needs fit: "
            "{sample_weight: true}"},
    {.name = "split",
     .kind = Kind::Column,
     .fallback = none,
     .doc =
         "how samples are divided where the data have no parts of their own, "
         "or the table's column of parts",
     .members = splitMembers},
    {.name = "groups",
     .kind = Kind::Column,
     .fallback = none,
     .doc = "samples that split keeps in one part, such as the pictures of one "
            "patient",
     .members = groupMembers},
    {.name = "on_error",
     .kind = Kind::Choice,
     .fallback = none,
     .doc = "what becomes of pictures that cannot be read",
     .choices = onError},
    {.name = "exif",
     .kind = Kind::Flag,
     .fallback = none,
     .doc =
         "turn pictures upright as their EXIF block says, as is the default"},
    {.name = "background",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "what is behind transparent pixels: white, black, \"#rrggbb\", or "
            "none, which drops transparency, as is the default"},
    {.name = "resize",
     .kind = Kind::Section,
     .fallback = none,
     .doc = "how pictures get the input's height and width",
     .members = resizeMembers},
};

} // namespace

constexpr Argument lathe::frontend::dataSection{.name = "data",
                                                .kind = Kind::Section,
                                                .fallback = none,
                                                .doc =
                                                    "what the images are, how "
                                                    "they are read and split",
                                                .members = dataMembers};

//===- Checks -------------------------------------------------------------===//

static bool isColumn(const Setting &setting) {
  return setting.written && !setting.text.empty();
}

static bool isRule(const Setting &split) {
  return split.written && split.text.empty();
}

bool lathe::frontend::holdsOutValidation(const Setting &model) {
  const Setting &split = model["data"]["split"];
  return isRule(split) && split["validation"].written;
}

/// Keras's functions know nothing of the rest.
static LogicalResult checkKeras(const Source &source, const Setting &data) {
  const Setting &split = data["split"], &keras = split["keras"];
  auto excluded = [&](const Setting &setting, const Twine &name) {
    return source.error(setting.place,
                        name + " has no effect on the files that Keras holds "
                               "out; remove it, or keras",
                        keras.place, "this is keras");
  };
  for (StringRef name : {"test", "stratified"})
    if (split[name].written)
      return excluded(split[name], name);
  if (data["groups"].written)
    return excluded(data["groups"], "groups");
  if (data["csv"].written)
    return excluded(data["csv"], "csv");
  if (!split["validation"].written)
    return source.error(keras.place, "keras needs validation, what Keras calls "
                                     "validation_split");
  bool isSeeded = keras.text == "image_dataset_from_directory";
  if (isSeeded && !split["seed"].written)
    return source.error(keras.place,
                        keras.text + " needs the seed that Keras was given");
  if (!isSeeded && split["seed"].written)
    return excluded(split["seed"], "seed");
  return success();
}

static LogicalResult checkSplit(const Source &source, const Setting &model) {
  const Setting &data = model["data"], &split = data["split"];
  const Setting &other = model["fit"]["validation_split"];
  if (!isRule(split))
    return success();
  if (other.written)
    return source.error(other.place,
                        "validation_split and data: {split: ...} both say what "
                        "is held out; remove one",
                        split.place, "this is the other");
  if (split["keras"].written)
    return checkKeras(source, data);
  if (!split["validation"].written && !split["test"].written)
    return source.error(split.place, "split holds nothing out; give it "
                                     "validation, test, or both");
  double heldOut = 0;
  for (StringRef name : {"validation", "test"})
    heldOut += split[name].written ? split[name].number : 0;
  if (heldOut >= 1)
    return source.error(split.place, "validation and test leave nothing to "
                                     "train on: together they must be below 1");
  return success();
}

static LogicalResult checkGroups(const Source &source, const Setting &data) {
  const Setting &groups = data["groups"];
  if (!groups.written)
    return success();
  if (!isRule(data["split"]))
    return source.error(groups.place,
                        "groups has no effect without split: {validation: ..., "
                        "test: ...}");
  if (isColumn(groups))
    return success();
  const Setting &column = groups["column"], &pattern = groups["pattern"];
  if (column.written == pattern.written)
    return source.error(groups.place,
                        "groups is the name of a column, or {pattern: \"*_\"}");
  if (pattern.written && !StringRef(pattern.text).contains('*'))
    return source.error(pattern.place, "pattern has no *, so that it fits one "
                                       "name alone; write \"*_\" for all that "
                                       "comes before a _");
  return success();
}

/// What only pictures have, or only tables.
static LogicalResult checkFormat(const Source &source, const Setting &data) {
  const Setting &format = data["format"];
  if (!format.written)
    return success();
  bool isTable = format.text == "csv";
  bool isPictures = isTable || format.text == "folders";
  for (StringRef name : {"csv", "path", "label", "weight"})
    if (!isTable && data[name].written)
      return source.error(data[name].place,
                          name + " belongs to a table, but format is " +
                              format.text,
                          format.place, "this is the format");
  for (StringRef name : {"split", "groups"})
    if (!isTable && isColumn(data[name]))
      return source.error(
          data[name].place,
          name + " names the column of a table, but format is " + format.text,
          format.place, "this is the format");
  for (StringRef name : {"on_error", "exif", "background", "resize"})
    if (!isPictures && data[name].written)
      return source.error(data[name].place,
                          name + " is of picture files, but format is " +
                              format.text,
                          format.place, "this is the format");
  return success();
}

LogicalResult lathe::frontend::checkData(const Source &source,
                                         const Setting &model) {
  const Setting &data = model["data"], &background = data["background"];
  LogicalResult result = success();
  Colour colour;
  if (background.written && !parse_colour(background.text, colour))
    result = source.error(background.place, "background must be " +
                                                Twine(colour_forms) +
                                                ", but is " + background.text);
  const Setting &resize = data["resize"], &pads = resize["pad_to_aspect_ratio"];
  if (resize["crop_to_aspect_ratio"].flag && pads.flag)
    result = source.error(pads.place, "either crop_to_aspect_ratio or "
                                      "pad_to_aspect_ratio, not both");
  if (data["weight"].written && !model["fit"]["sample_weight"].flag)
    result = source.error(data["weight"].place,
                          "weight needs fit: {sample_weight: true}");
  for (LogicalResult part :
       {checkFormat(source, data), checkSplit(source, model),
        checkGroups(source, data)})
    if (failed(part))
      result = failure();
  return result;
}

//===- Attributes ---------------------------------------------------------===//

static DictionaryAttr splitAttributes(const Setting &split, Builder &builder) {
  NamedAttrList attributes;
  for (StringRef name : {"validation", "test"})
    if (split[name].written)
      attributes.set(name, builder.getF64FloatAttr(split[name].number));
  if (split["keras"].written)
    attributes.set("keras", builder.getStringAttr(split["keras"].text));
  attributes.set("seed", builder.getI64IntegerAttr(split["seed"].integer));
  attributes.set("stratified", builder.getBoolAttr(split["stratified"].flag));
  return attributes.getDictionary(builder.getContext());
}

/// As runtime/data/resize_rule.h writes it.
static std::string resizeText(const Setting &resize) {
  ResizeRule rule;
  bool known = parse_resize(resize["interpolation"].text, rule);
  assert(known && "the runtime knows all choices");
  (void)known;
  rule.antialias = resize["antialias"].flag;
  rule.fit = resize["crop_to_aspect_ratio"].flag  ? Fit::Crop
             : resize["pad_to_aspect_ratio"].flag ? Fit::Pad
                                                  : Fit::Stretch;
  return text_of(rule);
}

DictionaryAttr lathe::frontend::dataAttributes(const Setting &model,
                                               Builder &builder) {
  const Setting &data = model["data"];
  const Setting &split = data["split"], &groups = data["groups"];
  NamedAttrList attributes;
  auto set = [&](StringRef name, const Setting &text) {
    if (text.written)
      attributes.set(name, builder.getStringAttr(text.text));
  };
  for (StringRef name :
       {"format", "csv", "path", "label", "weight", "on_error", "background"})
    set(name, data[name]);
  if (data["exif"].written)
    attributes.set("exif", builder.getBoolAttr(data["exif"].flag));
  if (data["resize"].written)
    attributes.set("resize", builder.getStringAttr(resizeText(data["resize"])));
  if (isRule(split))
    attributes.set("split", splitAttributes(split, builder));
  else
    set("split_column", split);
  set("group_column", isColumn(groups) ? groups : groups["column"]);
  set("group_pattern", groups["pattern"]);
  return attributes.empty() ? DictionaryAttr()
                            : attributes.getDictionary(builder.getContext());
}
