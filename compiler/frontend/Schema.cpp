//===- Schema.cpp - A JSON Schema of the language -------------------------===//
#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/Language.h"
#include "compiler/frontend/Scalars.h"
#include "compiler/frontend/Suggest.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace lathe::frontend;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

namespace {

Object bounded(StringRef type, const Range &range) {
  Object schema{{"type", type}};
  auto bound = [&](StringRef key, double value) {
    if (value == static_cast<int64_t>(value))
      schema[key] = static_cast<int64_t>(value);
    else
      schema[key] = value;
  };
  const Range any;
  if (range.least != any.least)
    bound(range.openLeast ? "exclusiveMinimum" : "minimum", range.least);
  if (range.most != any.most)
    bound(range.openMost ? "exclusiveMaximum" : "maximum", range.most);
  return schema;
}

/// YAML readers see 1/255 as text, and some of them 1e-7 too.
Object numberSchema(const Range &range) {
  constexpr StringRef decimal =
      "[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?";
  std::string pattern = llvm::formatv("^{0}( */ *{0})?$", decimal).str();
  return Object{
      {"anyOf", Array{bounded("number", range),
                      Object{{"type", "string"}, {"pattern", pattern}}}}};
}

Object choiceSchema(ArrayRef<Choice> choices) {
  Array names;
  std::string doc;
  for (const Choice &choice : choices) {
    names.push_back(choice.name);
    for (StringRef alias : choice.aliases)
      names.push_back(alias);
    doc +=
        (doc.empty() ? "" : "; ") + choice.name.str() + ": " + choice.doc.str();
  }
  return Object{{"enum", std::move(names)}, {"$comment", doc}};
}

Object nameSchema() {
  return Object{{"type", "string"},
                {"pattern", "^[A-Za-z][A-Za-z0-9_-]{0,63}$"}};
}

Object listOf(Object items, int64_t least, std::optional<int64_t> most = {}) {
  Object schema{
      {"type", "array"}, {"items", std::move(items)}, {"minItems", least}};
  if (most)
    schema["maxItems"] = *most;
  return schema;
}

/// Class names such as 0 are numbers to a YAML reader.
Object textSchema() {
  return Object{{"type", Array{"string", "number", "boolean"}},
                {"minLength", 1},
                {"maxLength", 256}};
}

Object textsSchema() {
  Object list = listOf(textSchema(), 1);
  list["uniqueItems"] = true;
  return list;
}

/// An integer for all sides, one for each of two, or pairs of four.
Object borderSchema(const Range &range, unsigned sides) {
  auto pair = [&] { return listOf(bounded("integer", range), 2, 2); };
  Array forms{bounded("integer", range), pair()};
  if (sides == 4)
    forms.push_back(listOf(pair(), 2, 2));
  return Object{{"anyOf", std::move(forms)}};
}

Object membersSchema(ArrayRef<ArrayRef<Argument>> tables, StringRef extra = "");

Object splitSchema(const Range &count) {
  Array forms{numberSchema({0, 1, true, true})};
  for (StringRef end : {"first", "last"})
    forms.push_back(
        Object{{"type", "object"},
               {"properties", Object{{end, bounded("integer", count)}}},
               {"required", Array{end}},
               {"additionalProperties", false}});
  return Object{{"anyOf", std::move(forms)}};
}

/// To some YAML readers the classes are integers, to others texts.
Object weightsSchema(const Range &weight) {
  Object number = bounded("integer", {0, maxClasses - 1});
  number.erase("type");
  number["pattern"] = "^[0-9]+$";
  return Object{{"type", "object"},
                {"propertyNames", std::move(number)},
                {"additionalProperties", numberSchema(weight)},
                {"minProperties", 1}};
}

Object reference(const Family &family) {
  return Object{{"$ref", ("#/$defs/" + family.noun).str()}};
}

Object valueSchema(const Argument &argument) {
  switch (argument.kind) {
  case Kind::Integer:
    return bounded("integer", argument.range);
  case Kind::Number:
    return numberSchema(argument.range);
  case Kind::Flag:
    return Object{{"type", "boolean"}};
  case Kind::Choice:
    return choiceSchema(argument.choices);
  case Kind::Choices: {
    Object list = listOf(choiceSchema(argument.choices), 0);
    list["uniqueItems"] = true;
    return Object{
        {"anyOf", Array{choiceSchema(argument.choices), std::move(list)}}};
  }
  case Kind::Name:
    return nameSchema();
  case Kind::Text:
    return textSchema();
  case Kind::Texts:
    return textsSchema();
  case Kind::Patterns:
    return Object{{"anyOf", Array{Object{{"const", "all"}}, textsSchema()}}};
  case Kind::Layers:
    return Object{{"anyOf", Array{nameSchema(), listOf(nameSchema(), 1)}}};
  case Kind::Pair:
    return Object{
        {"anyOf", Array{bounded("integer", argument.range),
                        listOf(bounded("integer", argument.range), 2, 2)}}};
  case Kind::Sides:
    return borderSchema(argument.range, 2);
  case Kind::Border:
    return borderSchema(argument.range, 4);
  case Kind::Padding: {
    Object border = borderSchema(argument.range, 4);
    border["anyOf"].getAsArray()->push_back(choiceSchema(argument.choices));
    return border;
  }
  case Kind::PerChannel:
    return Object{{"anyOf", Array{numberSchema(argument.range),
                                  listOf(numberSchema(argument.range), 1)}}};
  case Kind::Interval:
    return Object{{"anyOf", Array{numberSchema(argument.range),
                                  listOf(numberSchema(argument.range), 2, 2)}}};
  case Kind::Extents: {
    Object extent = bounded("integer", argument.range);
    extent["not"] = Object{{"const", 0}};
    return listOf(std::move(extent), 1, 3);
  }
  case Kind::Integers:
    return listOf(bounded("integer", argument.range), 1);
  case Kind::Numbers:
    return listOf(numberSchema(argument.range), 1);
  case Kind::Rate:
    return Object{{"anyOf", Array{numberSchema(argument.range),
                                  reference(*argument.family)}}};
  case Kind::Split:
    return splitSchema(argument.range);
  case Kind::Weights:
    return Object{{"anyOf", Array{choiceSchema(argument.choices),
                                  weightsSchema(argument.range)}}};
  case Kind::Entry:
    return reference(*argument.family);
  case Kind::Entries:
    return listOf(reference(*argument.family), argument.fallback == required);
  case Kind::Section: {
    Object section = membersSchema({argument.members});
    const Argument *first = positionalArgument(argument);
    if (!first)
      return section;
    return Object{{"anyOf", Array{std::move(section), valueSchema(*first)}}};
  }
  case Kind::Column:
    return Object{
        {"anyOf", Array{textSchema(), membersSchema({argument.members})}}};
  case Kind::Blocks:
    return Object{
        {"type", "object"},
        {"propertyNames", nameSchema()},
        {"minProperties", 1},
        {"additionalProperties",
         Object{
             {"type", "object"},
             {"properties",
              Object{{"parameters", Object{{"type", "object"},
                                           {"propertyNames", nameSchema()}}},
                     {"layers", listOf(Object{{"$ref", "#/$defs/body"}}, 1)}}},
             {"required", Array{"layers"}},
             {"additionalProperties", false}}}};
  }
  llvm_unreachable("unknown kind");
}

/// The default as a value of JSON.
Value defaultValue(const Argument &argument) {
  switch (argument.kind) {
  case Kind::Integer:
  case Kind::Pair:
  case Kind::Sides:
  case Kind::Border:
    return *parseInteger(argument.fallback);
  case Kind::Number:
  case Kind::Rate:
    return *parseNumber(argument.fallback);
  case Kind::Flag:
    return *parseFlag(argument.fallback);
  default:
    return argument.fallback;
  }
}

/// A mapping of arguments; `extra` is required besides what the tables say.
Object membersSchema(ArrayRef<ArrayRef<Argument>> tables, StringRef extra) {
  Object properties;
  Array needed;
  for (ArrayRef<Argument> table : tables)
    for (const Argument &argument : table) {
      Object schema = valueSchema(argument);
      schema["description"] = argument.doc;
      if (argument.fallback == required || argument.name == extra)
        needed.push_back(argument.name);
      else if (argument.fallback != none)
        schema["default"] = defaultValue(argument);
      properties[argument.name] = std::move(schema);
    }
  Object schema{{"type", "object"},
                {"properties", std::move(properties)},
                {"additionalProperties", false}};
  if (!needed.empty())
    schema["required"] = std::move(needed);
  return schema;
}

/// One or some of a row's arguments at the end of a list.
Object namedArguments(const Family &family, const Row &row) {
  Array names;
  for (ArrayRef<Argument> table : {row.arguments, family.common})
    for (const Argument &argument : table)
      names.push_back(argument.name);
  return Object{{"type", "object"},
                {"propertyNames", Object{{"enum", std::move(names)}}},
                {"minProperties", 1}};
}

/// Arguments by their positions: the first, or a list of some.
void addPositions(const Family &family, const Row &row, Array &forms) {
  llvm::SmallVector<const Argument *> arguments =
      positionalArguments(family, row);
  auto isNeeded = [](const Argument *argument) {
    return argument->fallback == required;
  };
  int64_t least = llvm::count_if(arguments, isNeeded);
  if (arguments.empty())
    return;
  if (least <= 1)
    forms.push_back(valueSchema(*arguments.front()));
  // Named arguments may follow.
  forms.push_back(Object{{"type", "array"},
                         {"contains", namedArguments(family, row)},
                         {"minItems", 2}});
  if (arguments.size() < 2)
    return;
  Array items;
  for (const Argument *argument : arguments)
    items.push_back(valueSchema(*argument));
  forms.push_back(Object{{"type", "array"},
                         {"prefixItems", std::move(items)},
                         {"items", false},
                         {"minItems", std::max<int64_t>(least, 1)}});
}

/// A bare name, or one name with its arguments.
Object familySchema(const Family &family) {
  Array bareNames;
  Object properties;
  for (const Row &row : family.rows) {
    Object named = membersSchema({row.arguments, family.common},
                                 row.leastInputs > 1 ? "inputs" : "");
    bool bare = !named.get("required");
    if (bare)
      named["type"] = Array{"object", "null"};
    Array forms{std::move(named)};
    addPositions(family, row, forms);
    Object arguments{{"description", row.summary}, {"anyOf", std::move(forms)}};
    for (StringRef name : namesOfRow(family, row)) {
      if (bare)
        bareNames.push_back(name);
      properties[name] = Object(arguments);
    }
  }
  Object mapping{{"type", "object"},
                 {"properties", std::move(properties)},
                 {"additionalProperties", false},
                 {"minProperties", 1},
                 {"maxProperties", 1}};
  Array forms{Object{{"enum", std::move(bareNames)}}, std::move(mapping)};
  if (family.unnamed) {
    Object several = membersSchema({family.unnamed->arguments});
    several["minProperties"] = 2;
    forms.push_back(std::move(several));
  }
  return Object{{"description", family.summary}, {"oneOf", std::move(forms)}};
}

//===- Blocks -------------------------------------------------------------===//

Array namesOfLayers() {
  Array names;
  for (const Row &row : layers().rows)
    for (StringRef name : namesOfRow(layers(), row))
      names.push_back(name);
  return names;
}

/// By their names, or by position.
Object arguments() {
  return Object{{"type", Array{"object", "null", "array", "string", "number",
                               "boolean"}}};
}

Object single(Object mapping) {
  mapping["type"] = "object";
  mapping["minProperties"] = 1;
  mapping["maxProperties"] = 1;
  return mapping;
}

/// The use of a block: any name but a layer's.
Object useSchema() {
  Object noLayer{{"not", Object{{"enum", namesOfLayers()}}}};
  Object bare(noLayer);
  bare["type"] = "string";
  return Object{
      {"anyOf", Array{std::move(bare),
                      single(Object{{"propertyNames", std::move(noLayer)},
                                    {"additionalProperties", arguments()}})}}};
}

/// A layer in a block's body, where any value may be an expression.
Object bodySchema() {
  Object properties;
  for (const Row &row : layers().rows) {
    Array names;
    for (ArrayRef<Argument> table : {row.arguments, layers().common})
      for (const Argument &argument : table)
        names.push_back(argument.name);
    Object layer = arguments();
    layer["propertyNames"] = Object{{"enum", std::move(names)}};
    for (StringRef name : namesOfRow(layers(), row))
      properties[name] = Object(layer);
  }
  return Object{
      {"anyOf", Array{Object{{"type", "string"}},
                      single(Object{{"properties", std::move(properties)},
                                    {"additionalProperties", arguments()}})}}};
}

Object layersOf(Value item) {
  return Object{
      {"properties", Object{{"layers", Object{{"items", std::move(item)}}}}}};
}

/// The layers of a model may be blocks where it has any.
void allowBlocks(Object &schema) {
  Object layer = reference(layers());
  schema["properties"].getAsObject()->getObject("layers")->erase("items");
  schema["if"] = Object{{"required", Array{"blocks"}}};
  schema["then"] = layersOf(
      Object{{"anyOf", Array{Object(layer), Object{{"$ref", "#/$defs/use"}}}}});
  schema["else"] = layersOf(std::move(layer));
}

} // namespace

static std::string complete(Object schema, StringRef title) {
  Object definitions;
  for (const Family *family :
       {&layers(), &augmentations(), &initializers(), &regularizers(),
        &optimizers(), &schedules(), &losses(), &callbacks()})
    definitions[family->noun] = familySchema(*family);
  definitions["use"] = useSchema();
  definitions["body"] = bodySchema();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = title;
  schema["$defs"] = std::move(definitions);
  return llvm::formatv("{0:2}\n", Value(std::move(schema))).str();
}

std::string lathe::frontend::modelSchema() {
  Object schema = membersSchema({modelSections()});
  allowBlocks(schema);
  return complete(std::move(schema), "Lathe model description");
}

std::string lathe::frontend::recipeSchema() {
  return complete(membersSchema({recipeSections()}),
                  "Lathe training recipe of an ONNX graph");
}
