// tiff_codecs.cpp: the compressions of TIFF files that are read.
//
// libtiff's own table names all that it was built with, and would link zstd,
// lzma, LERC, JBIG and encoders of JPEG and WebP into every executable model.
// What is here takes its place: the linker finds it before libtiff's.
#include <tiffio.h>

extern "C" {

int TIFFInitDumpMode(TIFF *, int);
int TIFFInitLZW(TIFF *, int);
int TIFFInitPackBits(TIFF *, int);
int TIFFInitCCITTRLE(TIFF *, int);
int TIFFInitCCITTFax3(TIFF *, int);
int TIFFInitCCITTFax4(TIFF *, int);
int TIFFInitZIP(TIFF *, int);

extern const TIFFCodec _TIFFBuiltinCODECS[];
const TIFFCodec _TIFFBuiltinCODECS[] = {
    {const_cast<char *>("None"), COMPRESSION_NONE, TIFFInitDumpMode},
    {const_cast<char *>("LZW"), COMPRESSION_LZW, TIFFInitLZW},
    {const_cast<char *>("PackBits"), COMPRESSION_PACKBITS, TIFFInitPackBits},
    {const_cast<char *>("CCITT RLE"), COMPRESSION_CCITTRLE, TIFFInitCCITTRLE},
    {const_cast<char *>("CCITT Group 3"), COMPRESSION_CCITTFAX3,
     TIFFInitCCITTFax3},
    {const_cast<char *>("CCITT Group 4"), COMPRESSION_CCITTFAX4,
     TIFFInitCCITTFax4},
    {const_cast<char *>("Deflate"), COMPRESSION_DEFLATE, TIFFInitZIP},
    {const_cast<char *>("AdobeDeflate"), COMPRESSION_ADOBE_DEFLATE,
     TIFFInitZIP},
    {nullptr, 0, nullptr}};

int TIFFIsCODECConfigured(uint16_t scheme) {
  for (const TIFFCodec *codec = _TIFFBuiltinCODECS; codec->name; ++codec)
    if (codec->scheme == scheme)
      return 1;
  return 0;
}

// Asked of JPEG strips only.
int TIFFJPEGIsFullStripRequired(TIFF *);
int TIFFJPEGIsFullStripRequired(TIFF *) { return 0; }

} // extern "C"
