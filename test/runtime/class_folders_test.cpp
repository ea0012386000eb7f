// class_folders_test.cpp: what is found in folders of pictures, what is left
// out, and how classes are told apart.
#include "runtime/data/class_folders.h"
#include "runtime/data/class_names.h"
#include "runtime/data/image_kinds.h"
#include "runtime/error.h"
#include "test/runtime/handwritten_models.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

namespace {

using lathe::Part;
using Strings = std::vector<std::string>;

// What is looked at are the first bytes.
const std::string jpeg = "\xff\xd8\xff\xe0", png = "\x89PNG\r\n\x1a\n",
                  psd = "8BPS", icon("\0\0\1\0", 4);

void write_pictures(const TemporaryFolder &folder, const Strings &files) {
  for (const std::string &file : files)
    write_text(folder / file, jpeg);
}

lathe::PictureFiles find(const TemporaryFolder &folder, int32_t classes = 2,
                         const Strings &names = {}, Part part = Part::Train) {
  lathe::DatasetSpec spec;
  spec.classes = classes;
  spec.class_names = names;
  return lathe::find_class_folders(folder.path(), spec, part);
}

// Without the folder's path.
std::string error_of(const TemporaryFolder &folder, int32_t classes = 2,
                     const Strings &names = {}, Part part = Part::Train) {
  std::string text;
  try {
    find(folder, classes, names, part);
  } catch (const lathe::Error &error) {
    text = error.what();
  }
  for (size_t at; (at = text.find(folder.path())) != std::string::npos;)
    text.replace(at, folder.path().size(), "DATA");
  return text;
}

TEST(ClassFolders, AreFoundWithTheirPictures) {
  TemporaryFolder folder;
  write_pictures(folder,
                 {"Train/dogs/b.jpg", "Train/dogs/a.png", "Train/cats/c.JFIF",
                  "test/cats/1.jpg", "test/dogs/1.jpg"});
  write_text(folder / "Train/cats/d", png); // by what it holds
  lathe::PictureFiles found = find(folder);
  EXPECT_EQ(found.source.left_out, "");
  std::filesystem::create_directory(folder / "more");
  found = find(folder);
  EXPECT_EQ(found.source.place, folder / "Train");
  EXPECT_FALSE(found.source.is_whole);
  EXPECT_EQ(found.source.class_names, (Strings{"cats", "dogs"}));
  EXPECT_EQ(found.source.left_out, "1 folder 'more'");
  EXPECT_EQ(found.names,
            (Strings{"cats/c.JFIF", "cats/d", "dogs/a.png", "dogs/b.jpg"}));
  EXPECT_EQ(found.files[0], folder / "Train/cats/c.JFIF");
  EXPECT_EQ(found.labels, (std::vector<int32_t>{0, 0, 1, 1}));
  found = find(folder, 2, {"dogs", "cats"}, Part::Test);
  EXPECT_EQ(found.names, (Strings{"dogs/1.jpg", "cats/1.jpg"}));
  EXPECT_EQ(found.labels, (std::vector<int32_t>{0, 1}));
}

// As when samples are drawn with replacement; the damaged one fails each time.
TEST(ClassFolders, ASampleMayBeReadSeveralTimesInOneBatch) {
  TemporaryFolder folder;
  for (int i = 0; i < 4; ++i)
    write_text(folder / ("abcd"[i] + std::string("/1.pgm")),
               std::string("P5 1 1 255\n") + char('0' + i));
  lathe::DatasetSpec spec;
  spec.height = spec.width = spec.channels = 1;
  spec.classes = 4;
  auto dataset = lathe::open_dataset(folder.path(), spec, Part::Train);
  const std::vector<int64_t> samples = {2, 0, 2, 1, 0, 2, 3};
  std::vector<float> images(samples.size());
  std::vector<int32_t> labels(samples.size());
  dataset->read(samples.data(), int(samples.size()), images.data(),
                labels.data());
  for (size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(images[i], float('0' + samples[i]));
    EXPECT_EQ(labels[i], samples[i]);
  }
  write_text(folder / "c/1.pgm", "P5 1 1 255\n");
  dataset = lathe::open_dataset(folder.path(), spec, Part::Train);
  EXPECT_THROW(dataset->read(&samples[2], 3, images.data(), labels.data()),
               lathe::Error);
}

TEST(ClassFolders, CountWhatIsLeftOutByKind) {
  TemporaryFolder folder;
  write_pictures(folder, {"a/1.jpg", "b/1.jpg", "a/deep/2.jpg",
                          "a/deep/er/3.jpg", "0.jpg"});
  write_text(folder / "a/x.psd", psd);
  write_text(folder / "b/x.jpg", icon);
  write_text(folder / "b/y.ico", icon);
  write_text(folder / "b/z.jxl", "\xff\x0a");
  write_text(folder / "b/z.svg", "<svg>");
  write_text(folder / "b/notes.txt", "hello");
  write_text(folder / "b/.DS_Store", "hello");
  write_text(folder / "b/Thumbs.db", "hello");
  write_text(folder / "readme.txt", "hello");
  write_text(folder / "LICENSE", "hello");
  write_text(folder / "a/deep/x.psd", psd);
  std::filesystem::create_symlink("nowhere", folder / "b/link.jpg");
  lathe::PictureFiles found = find(folder);
  EXPECT_EQ(found.names,
            (Strings{"a/1.jpg", "a/deep/2.jpg", "a/deep/er/3.jpg", "b/1.jpg"}));
  EXPECT_TRUE(found.source.is_whole);
  EXPECT_EQ(found.source.left_out,
            "1 .txt, 2 ICO, 1 JPEG XL, 2 PSD, 1 SVG, 1 broken links, 1 "
            "pictures beside the class folders");
}

TEST(ClassFolders, AClassWithoutReadablePicturesIsAnError) {
  TemporaryFolder folder;
  write_pictures(folder, {"a/1.jpg", "d/deep/er/1.jpg"});
  write_text(folder / "b/1.psd", psd);
  write_text(folder / "b/2.psd", psd);
  std::filesystem::create_directory(folder / "c");
  EXPECT_EQ(error_of(folder, 4),
            "DATA: classes without a picture that can be read (JPEG, PNG, BMP, "
            "GIF, WebP, TIFF or PNM):\n"
            "  b: 2 PSD\n  c: empty");
}

TEST(ClassFolders, PicturesMayLieInFoldersBelow) {
  TemporaryFolder folder;
  write_pictures(folder, {"a/x/1.jpg", "b/y/1.jpg", "b/y/z/2.jpg", "b/0.jpg",
                          "a/.thumbnails/1.jpg", "a/@eaDir/1.jpg",
                          "$RECYCLE.BIN/1.jpg"});
  write_text(folder / "a/x/THUMBS.DB", "hello");
  write_text(folder / "a/Desktop.ini", "hello");
  std::filesystem::create_directory_symlink("..", folder / "b/y/up");
  lathe::PictureFiles found = find(folder);
  EXPECT_EQ(found.names,
            (Strings{"a/x/1.jpg", "b/0.jpg", "b/y/1.jpg", "b/y/z/2.jpg"}));
  EXPECT_EQ(found.labels, (std::vector<int32_t>{0, 1, 1, 1}));
  EXPECT_EQ(found.source.left_out, "1 links to a folder that they are in");
  std::filesystem::remove(folder / "b/0.jpg");
  EXPECT_TRUE(lathe::has_class_folders(folder.path()));
  EXPECT_EQ(find(folder).files.size(), 3u);
}

TEST(ClassFolders, FilesThatHoldNoPictureAreNamed) {
  TemporaryFolder folder;
  write_pictures(folder, {"a/1.jpg", "b/1.jpg"});
  write_text(folder / "a/2.jpg", "");
  EXPECT_EQ(error_of(folder), "DATA/a/2.jpg: byte 0: holds no picture");
  write_text(folder / "b/3.png", "<html>");
  EXPECT_EQ(error_of(folder), "DATA/a/2.jpg: byte 0: holds no picture; nor do "
                              "DATA/b/3.png");
}

TEST(ClassFolders, SayWhereTheRightFolderIs) {
  TemporaryFolder folder;
  write_pictures(folder, {"data/train/cats/1.jpg", "data/train/dogs/1.jpg"});
  lathe::DatasetSpec spec;
  spec.classes = 2;
  auto error = [&](const std::string &path, Part part) {
    EXPECT_TRUE(lathe::has_class_folders(folder / path)) << path;
    try {
      lathe::find_class_folders(folder / path, spec, part);
    } catch (const lathe::Error &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(error("data", Part::Test),
            folder / "data: has a folder train, but none named test, testing, "
                     "val, validation, valid (in any case of letters); to use "
                     "the one there is, name it: --data " +
                (folder / "data/train"));
  EXPECT_EQ(error("", Part::Train),
            folder / ": there are no pictures in its folders, but class "
                     "folders in " +
                (folder / "data") + "; name that: --data " + (folder / "data"));
  EXPECT_EQ(error("data/train", Part::Test), "");
}

// A class may have a part's name.
TEST(ClassFolders, APartHoldsFolders) {
  TemporaryFolder folder;
  write_pictures(folder, {"bus/1.jpg", "train/1.jpg"});
  EXPECT_EQ(find(folder).source.class_names, (Strings{"bus", "train"}));
}

TEST(ClassNames, DifferencesAreOneMessage) {
  TemporaryFolder folder;
  write_pictures(folder, {"Cats/1.jpg", "dgos/1.jpg", "mice/1.jpg"});
  EXPECT_EQ(error_of(folder),
            "DATA: 3 class folders (Cats, dgos, mice), but the model has 2 "
            "classes: the units of its last layer");
  EXPECT_EQ(error_of(folder, 3, {"cats", "dogs", "birds"}),
            "DATA: the class folders are not the model's classes (cats, dogs, "
            "birds)\n"
            "  missing: cats, dogs, birds\n"
            "  unknown to the model: Cats, dgos, mice\n"
            "  'Cats' and 'cats' differ in upper and lower case\n"
            "  'dgos' may be 'dogs'");
  EXPECT_EQ(error_of(folder, 2, {"Cats", "mice"}),
            "DATA: the class folders are not the model's classes (Cats, mice)\n"
            "  unknown to the model: dgos");
}

TEST(ClassNames, NumbersAreNotSortedAsLetters) {
  TemporaryFolder folder;
  for (int i = 0; i < 12; ++i)
    write_pictures(folder, {std::to_string(i) + "/x.jpg"});
  EXPECT_EQ(find(folder, 12).names[2], "2/x.jpg");
  EXPECT_EQ(find(folder, 12).labels[11], 11);
  EXPECT_EQ(find(folder, 12).names[11], "11/x.jpg");
}

TEST(ClassNames, ACheckpointKeepsThem) {
  const Strings names = {"dot", "gr\xc3\xbcn", "a \"b\""};
  lathe::Metadata metadata;
  EXPECT_EQ(lathe::class_names(nameless_model, metadata, "x"), Strings());
  EXPECT_EQ(lathe::class_name({}, 2), "2");
  lathe::keep_class_names(metadata, names);
  EXPECT_EQ(lathe::class_names(nameless_model, metadata, "x"), names);
  EXPECT_EQ(lathe::class_name(names, 2), "a \"b\"");
  auto error = [&](const lathe_model &model, const Strings &kept) {
    lathe::keep_class_names(metadata, kept);
    try {
      lathe::class_names(model, metadata, "x");
    } catch (const lathe::Error &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(error(nameless_model, {"a", "b"}),
            "x: has 2 class names, but the model has 3 classes");
  EXPECT_EQ(error(full_model, {"circle", "square", "triangle"}), "");
  EXPECT_EQ(error(full_model, {"square", "circle", "triangle"}),
            "x: was trained for other classes than the model has: their order "
            "differs, square, circle, triangle there, circle, square, triangle "
            "in the model");
  EXPECT_EQ(error(full_model, {"circle", "squares", "triangle"}),
            "x: was trained for other classes than the model has\n"
            "  missing: square\n  unknown to the model: squares\n"
            "  'squares' may be 'square'");
  metadata["class_names"] = "{";
  EXPECT_THROW(lathe::class_names(nameless_model, metadata, "x"), lathe::Error);
}

} // namespace
