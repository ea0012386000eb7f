// picture_list_test.cpp: tables of pictures and their labels.
#include "runtime/data/csv.h"
#include "runtime/data/picture_list.h"
#include "runtime/data/split.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <functional>

namespace {

using Strings = std::vector<std::string>;
using lathe::Part;

std::string error_of(const TemporaryFolder &folder,
                     const std::function<void()> &action) {
  try {
    action();
  } catch (const lathe::Error &error) {
    const std::string text = error.what();
    const size_t place = text.find(folder.path());
    return place == 0 ? text.substr(folder.path().size() + 1) : text;
  }
  return "";
}

TEST(Csv, HasQuotesLineEndsAndSeparators) {
  TemporaryFolder folder;
  struct Case {
    std::string text;
    std::vector<Strings> rows; // headings first
  } cases[] = {
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"\xef\xbb\xbf"
       "a;b,c;d\r\n\r\n1;2,3;4",
       {{"a", "b,c", "d"}, {"1", "2,3", "4"}}},
      {"a\tb\n\t\n", {{"a", "b"}, {"", ""}}},
      {"a,b\n\"1,\"\"x\"\"\n2\",\"\"\n3,4\n",
       {{"a", "b"}, {"1,\"x\"\n2", ""}, {"3", "4"}}},
      {"a\nx", {{"a"}, {"x"}}},
  };
  for (const Case &c : cases) {
    write_text(folder / "t.csv", c.text);
    const lathe::CsvTable table = lathe::read_csv(folder / "t.csv");
    std::vector<Strings> rows = {table.headings};
    for (const lathe::CsvRow &row : table.rows)
      rows.push_back(row.fields);
    EXPECT_EQ(rows, c.rows) << c.text;
  }
}

TEST(Csv, NamesTheLineOfAMistake) {
  TemporaryFolder folder;
  struct Case {
    std::string text, message;
  } cases[] = {
      {"", "t.csv: line 1: the table is empty"},
      {"\n\n", "t.csv: line 1: the table is empty"},
      {"a,b\n1,2\n\n1\n", "t.csv: line 4: 1 fields, but there are 2 columns"},
      {"a,b\n\"x\ny\",2\n1,2,3", "t.csv: line 4: 3 fields, but there are 2 "
                                 "columns"},
      {"a,b\n1,\"2\n\n", "t.csv: line 2: a quote that is not closed"},
      {"a,b\n1,\"2", "t.csv: line 2: a quote that is not closed"},
      {"a,b\n1,\"2\"x\n", "t.csv: line 2: a quoted field goes on behind its "
                          "quote"},
      {"a,b\n1,2\"\n", "t.csv: line 2: a quote inside of a field that does not "
                       "begin with one"},
      {"a,a\n", "t.csv: line 1: two columns have the same name"},
  };
  for (const Case &c : cases) {
    write_text(folder / "t.csv", c.text);
    EXPECT_EQ(error_of(folder, [&] { lathe::read_csv(folder / "t.csv"); }),
              c.message);
  }
}

// However far the first row reaches, and whatever comes behind it.
TEST(Csv, BeginsWithItsFirstRow) {
  TemporaryFolder folder;
  const std::string path = folder / "t.csv", wide(200000, 'x');
  for (const std::string &text :
       {"a," + wide + "\n1,2\n", "a,b\n1,\"" + wide + "\n" + wide + "\"\n",
        "a,b\n1,2\n" + wide + "\n", std::string("a,b\n1,2")}) {
    write_text(path, text);
    const lathe::CsvTable table = lathe::read_beginning(path);
    EXPECT_EQ(table.headings[0], "a");
    ASSERT_EQ(table.rows.size(), 1u);
    EXPECT_EQ(table.rows[0].fields[0], "1");
  }
  write_text(path, "a,b\n");
  EXPECT_TRUE(lathe::read_beginning(path).rows.empty());
  write_text(path, "a,b\n1\n");
  EXPECT_EQ(error_of(folder, [&] { lathe::read_beginning(path); }),
            "t.csv: line 2: 1 fields, but there are 2 columns");
}

// Nothing that may stand in a file crashes.
TEST(Csv, SurvivesAnyText) {
  TemporaryFolder folder;
  uint32_t random = 7;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int j = 0; j < 24; ++j) {
      random = random * 1664525u + 1013904223u;
      text += "\"\",;\t\n\r\naab\xef"[random >> 24 & 11];
    }
    error_of(folder, [&] {
      const lathe::CsvTable table = lathe::parse_csv("t.csv", text);
      for (const lathe::CsvRow &row : table.rows)
        EXPECT_EQ(row.fields.size(), table.headings.size());
    });
  }
}

class PictureTable : public testing::Test {
protected:
  PictureTable() {
    for (const char *name : {"x/1.jpg", "x/2.jpg", "x/3.jpg", "4"})
      write_text(folder / name, "\xff\xd8\xff");
    spec.classes = 2;
  }
  lathe::PictureFiles read(const std::string &text, Part part = Part::Train) {
    write_text(folder / "t.csv", text);
    return lathe::read_picture_table(folder / "t.csv", spec, part);
  }
  std::string error(const std::string &text, Part part = Part::Train) {
    return error_of(folder, [&] { read(text, part); });
  }
  TemporaryFolder folder;
  lathe::DatasetSpec spec;
};

TEST_F(PictureTable, ClassesAreNames) {
  lathe::PictureFiles found =
      read("id,File,Label\n1,x/1.jpg,dog\n2,4,cat\n3,x/2.jpg,dog\n");
  EXPECT_EQ(found.names, (Strings{"x/1.jpg", "4", "x/2.jpg"}));
  EXPECT_EQ(found.files[1], folder / "4");
  EXPECT_EQ(found.labels, (std::vector<int32_t>{1, 0, 1}));
  EXPECT_EQ(found.source.class_names, (Strings{"cat", "dog"}));
  EXPECT_TRUE(found.source.is_whole);
  spec.class_names = {"dog", "cat"};
  found = read("path,class\nx/1.jpg,dog\n4,cat\n");
  EXPECT_EQ(found.labels, (std::vector<int32_t>{0, 1}));
  spec.class_names.clear();
  spec.classes = 11;
  std::string numbers = "path,class\n"; // not in the alphabet's order
  for (int i = 0; i <= 10; ++i) {
    write_text(folder / std::to_string(i), "\xff\xd8\xff");
    numbers += std::to_string(i) + "," + std::to_string(i) + "\n";
  }
  EXPECT_EQ(read(numbers).labels[10], 10);
}

TEST_F(PictureTable, PartsAndWeightsAreColumns) {
  const std::string text = "file,label,split,w\nx/1.jpg,a,Train,1\n"
                           "x/2.jpg,b,val,2\nx/3.jpg,a,test,0.5\n"
                           "4,b,train,0\n";
  spec.columns.weight = "w";
  lathe::PictureFiles found = read(text);
  EXPECT_EQ(found.names, (Strings{"x/1.jpg", "4"}));
  EXPECT_EQ(found.weights, (std::vector<float>{1, 0}));
  EXPECT_EQ(found.source.left_out, "");
  EXPECT_FALSE(found.source.is_whole);
  EXPECT_EQ(read(text, Part::Test).names, (Strings{"x/3.jpg"}));
  EXPECT_EQ(read(text, Part::Validation).names, (Strings{"x/2.jpg"}));
  EXPECT_TRUE(
      lathe::has_table_part(folder / "t.csv", {}, lathe::Part::Validation));
  spec.columns.weight = "";
  EXPECT_EQ(
      read("file,label,split\n4,a,train\nx/1.jpg,b,other\n").source.left_out,
      "1 rows of 'other'");
  spec.columns.weight = "w";
  EXPECT_FALSE(
      lathe::has_table_part(folder / "t.csv", {}, lathe::Part::Validation));
  EXPECT_EQ(error("file,label,split,w\n4,a,x,1\n4,b,x,1\n"),
            "t.csv: no row has one of train, training in its column 'split'");
  EXPECT_EQ(error("file,label,w\n4,a,1\nx/1.jpg,b,-1\n"),
            "t.csv: line 3: the weight is '-1', but must be a number, finite "
            "and at least 0");
}

TEST_F(PictureTable, SeveralLabelsAreOnesAndZeros) {
  spec.classes = spec.label_size = 3;
  const lathe::PictureFiles found =
      read("file,labels\nx/1.jpg,sea;cat\nx/2.jpg,\nx/3.jpg,dog\n");
  EXPECT_EQ(found.source.class_names, (Strings{"cat", "dog", "sea"}));
  EXPECT_EQ(found.labels, (std::vector<int32_t>{1, 0, 1, 0, 0, 0, 0, 1, 0}));
}

TEST_F(PictureTable, MistakesNameTheLine) {
  EXPECT_EQ(error("file,label\nx/1.jpg,a\nx/9.jpg,b\n"),
            "t.csv: line 3: there is no file " + folder / "x/9.jpg");
  EXPECT_EQ(error("file,label\nx/1.jpg,a\n,b\n"),
            "t.csv: line 3: names no file");
  EXPECT_EQ(error("file,label\nx/1.jpg,a\n4,b\n4,\n"),
            "t.csv: line 4: has no label");
  EXPECT_EQ(error("file,label\n4,a\nx/1.jpg,b\n4,b\n"),
            "t.csv: line 4: labels " + folder / "4" + " 'b', but line 2 'a'");
  EXPECT_EQ(error("what,label\n4,a\n"),
            "t.csv: line 1: which of the columns what, label is that of the "
            "files? Name it: --path-column NAME");
  spec.columns.label = "kind";
  EXPECT_EQ(error("file,label\n4,a\n"),
            "t.csv: line 1: there is no column 'kind', but file, label");
  spec.columns.label = "";
  EXPECT_EQ(error("file,label\n4,a\nx/1.jpg,b\nx/2.jpg,c\n"),
            "t.csv: 3 classes (a, b, c), but the model has 2 classes: the "
            "units of its last layer");
}

TEST_F(PictureTable, ListsNameFiles) {
  write_text(folder / "list.txt", "4\r\n\nx/1.jpg\n");
  EXPECT_EQ(lathe::read_picture_list(folder / "list.txt", {}),
            (Strings{folder / "4", folder / "x/1.jpg"}));
  write_text(folder / "list.csv", "image,n\n4,1\n");
  EXPECT_EQ(lathe::read_picture_list(folder / "list.csv", {}),
            (Strings{folder / "4"}));
}

} // namespace
