//===- Augment.td - What random augmentation does to images -------------===//
#ifndef LATHE_NN_AUGMENT
#define LATHE_NN_AUGMENT

include "dialects/nn/NNBase.td"

def NN_DrawOp : NN_Op<"draw"> {
  let summary = "random numbers that `@augment` gets for each image";
  let description = [{
    The artifact draws them before each call, in the order of these operations,
    from a counter: (seed, epoch, sample, `stream`). They are columns of the second
    argument of `@augment`, from `at` on. `numbers` are the arguments of what is
    drawn; runtime/embedded/draw.c has the kinds.

    Those that move pixels give a transform: eight numbers that `nn.warp` reads.
    Several of them with the same place are done one after the other, by one
    transform, which `compose-warps` makes use of. What mixes images, `mixup` and
    `cutmix`, is drawn for `@mix`, one of them for each batch.

    ```mlir
    nn.draw "rotation" {at = 0 : i64, stream = 2 : i64, numbers = array<f64: -0.3, 0.3>}
    ```
  }];
  let arguments = (ins StrAttr:$draw, ConfinedAttr<I64Attr, [IntNonNegative]>:$at,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$stream, DenseF64ArrayAttr:$numbers);
  let assemblyFormat = "$draw attr-dict";
  let extraClassDeclaration = [{
    /// The columns of a transform.
    static constexpr int64_t transformNumbers = 8;
  }];
  let hasVerifier = 1;
}

def NN_WarpOp : NN_TypedOp<"warp"> {
  let summary = "images whose pixels come from other places";
  let description = [{
    The columns `at`, ... of `draws` are m0 ... m7: pixel (x, y) of the result is the
    input's at ((m0·x + m1·y + m2)/w, (m3·x + m4·y + m5)/w) with w = m6·x + m7·y + 1,
    which is 1 unless the transform is `projective`. Between pixels, `nearest` takes
    the next one, `bilinear` and `bicubic` (Keys 1981, a = -1/2) weigh 4 and 16 of them.
    Beyond the border, `fill_mode` says what there is, as in Keras: `constant`
    (`fill_value`), `nearest` (aaaa|abcd|dddd), `reflect` (dcba|abcd|dcba), `wrap`
    (abcd|abcd|abcd). With a `field` (u, v), the transform is applied to (x + u, y + v)
    instead of (x, y).

    - c1: the result has the input's type
    - c2: draws has a row for each image, and eight columns from `at` on
    - c3: the field has the input's rows and columns, and two channels

    ```mlir
    %y = nn.warp %x, %draws {at = 0 : i64, fill_mode = "reflect", interpolation = "bilinear"}
      : (tensor<?x32x32x3xf32>, tensor<?x9xf32>) -> tensor<?x32x32x3xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Matrix:$draws, Optional<NN_Image>:$field,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$at,
    NN_OneOf<["bicubic", "bilinear", "nearest"]>:$interpolation,
    NN_OneOf<["constant", "nearest", "reflect", "wrap"]>:$fill_mode,
    DefaultValuedAttr<F64Attr, "0.0">:$fill_value, UnitAttr:$projective);
  let results = (outs NN_Image:$output);
}

def NN_AdjustOp : NN_TypedOp<"adjust"> {
  let summary = "images with other colours";
  let description = [{
    Values lie between `low` and `high`; what leaves them is clipped. p0, p1, ... are the columns `at`, ... of `draws`, u is a value's
    share of the way from `low` to `high`:

    | function | a value becomes |
    |---|---|
    | `brightness` | x + p0 |
    | `contrast` | m + p0·(x - m), m the channel's mean in the image |
    | `saturation` | v - (v - x)·min(p0, v/(v - least)), v the largest of the pixel's u: HSV with another s |
    | `hue` | HSV with h + p0, in turns |
    | `grayscale` | x + p0·(g - x), g = 0.299 r + 0.587 g + 0.114 b (ITU-R BT.601) |
    | `invert` | low + high - x where p0 > 0, else x |
    | `posterize` | the upper p0 bits of the 8 of u, all of them for p0 of 8 or more |
    | `solarize` | inverted where u is at least p0 |
    | `scale` | low + p0·(x - low) |
    | `sharpness` | s + p0·(x - s), s the smoothed image ([1 1 1; 1 5 1; 1 1 1]/13, its border kept) |
    | `erase` | p4 where p0 ≤ row < p1 and p2 ≤ column < p3, else x |
    | `enhance` | what p0 says, in 256 levels, with p1; see below |
    | `shift` | x + p0, clipped to the image's own least and largest value |
    | `channel_shift` | x + pc, c the value's channel |
    | `gaussian_noise` | x + p2·z, z from a standard normal distribution, of each value |
    | `salt_and_pepper` | `high` in p2·p3 and `low` in p2·(1 - p3) of the pixels, else x |

    Noise is a function of a key, p0 and p1, whole numbers below 2^24, and of the value's
    place in its image: see compiler/kernels/RandomStream.h.

    `enhance` is what policies choose from, as in torchvision. p0 is 0 for x itself; 1 to 4
    blend x with something by p1 as `grayscale` and others do: black, grey, the mean of
    grey, the smoothed image. From 5 on a value becomes another level: 5 keeps the upper
    p1 bits, 6 inverts levels from p1 on, 7 stretches each channel's levels from 0 to 255, 8
    makes them equally frequent (as PIL's ImageOps.equalize), 9 inverts.

    - c1: the result has the input's type
    - c2: draws has a row for each image, and the function's columns from `at` on
    - c3: `grayscale`, `hue` and `saturation` need three channels, `enhance` one or three
    - c4: `low` is less than `high`

    ```mlir
    %y = nn.adjust %x, %draws {at = 8 : i64, function = "contrast", high = 255.0, low = 0.0}
      : (tensor<?x32x32x3xf32>, tensor<?x9xf32>) -> tensor<?x32x32x3xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Matrix:$draws,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$at,
    NN_OneOf<["brightness", "channel_shift", "contrast", "enhance", "erase", "gaussian_noise", "grayscale", "hue",
      "invert", "posterize", "salt_and_pepper", "saturation", "scale", "sharpness", "shift", "solarize"]>:$function,
    F64Attr:$low, F64Attr:$high);
  let results = (outs NN_Image:$output);
  let extraClassDeclaration = [{
    /// How many columns of `draws` the function reads for an image with
    /// `channels` channels.
    static int64_t countNumbers(::llvm::StringRef function, int64_t channels);
  }];
}

def NN_NoiseOp : NN_TypedOp<"noise"> {
  let summary = "images of normal noise";
  let description = [{
    Each value is p2·z, z from a standard normal distribution. p0, p1, p2 are the columns
    `at`, ... of `draws`: a key as that of nn.adjust "gaussian_noise", and a factor.

    - c1: draws has a row for each image, and three columns from `at` on

    ```mlir
    %y = nn.noise %draws {at = 4 : i64} : (tensor<?x9xf32>) -> tensor<?x32x32x2xf32>
    ```
  }];
  let arguments = (ins NN_Matrix:$draws, ConfinedAttr<I64Attr, [IntNonNegative]>:$at);
  let results = (outs NN_Image:$output);
}

def NN_BlurOp : NN_TypedOp<"blur"> {
  let summary = "images smoothed by a symmetric filter";
  let description = [{
    Each value becomes the weighted sum of those up to `radii` (rows, columns) away. From
    column `at` of `draws` on are the rows' weights, from the middle one outwards, then the columns'.
    Beyond the border, `fill_mode` is `constant` (0) or `reflect` (dcba|abcd|dcba).

    - c1: the result has the input's type
    - c2: draws has a row for each image, and a column for each weight

    ```mlir
    %y = nn.blur %x, %draws {at = 0 : i64, fill_mode = "reflect", radii = array<i64: 1, 2>}
      : (tensor<?x32x32x3xf32>, tensor<?x5xf32>) -> tensor<?x32x32x3xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Matrix:$draws,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$at, NN_PairFromZero:$radii,
    NN_OneOf<["constant", "reflect"]>:$fill_mode);
  let results = (outs NN_Image:$output);
}

def NN_BlendOp : NN_TypedOp<"blend"> {
  let summary = "weighted sums of two images";
  let description = [{
    p0·x + p1·y, with p0 and p1 the columns `at` and `at + 1` of `draws`.

    - c1: the images and the result have one type
    - c2: draws has a row for each image, and two columns from `at` on

    ```mlir
    %z = nn.blend %x, %draws, %y {at = 0 : i64}
      : (tensor<?x32x32x3xf32>, tensor<?x2xf32>, tensor<?x32x32x3xf32>) -> tensor<?x32x32x3xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Matrix:$draws, NN_Image:$other,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$at);
  let results = (outs NN_Image:$output);
}

def NN_MixOp : NN_TypedOp<"mix"> {
  let summary = "images mixed with others of the batch";
  let description = [{
    The columns of `draws` are the number of the other image, the share of the image
    itself, and top, bottom, left and right of a rectangle: in it, pixels are the other
    image's, elsewhere share·x + (1 - share)·other. The labels' shares are the host's
    affair (runtime/embedded/mix.c).

    - c1: the result has the input's type
    - c2: draws has a row for each image, and six columns

    ```mlir
    %y = nn.mix %x, %draws : (tensor<?x32x32x3xf32>, tensor<?x6xf32>) -> tensor<?x32x32x3xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Matrix:$draws);
  let results = (outs NN_Image:$output);
}

#endif // LATHE_NN_AUGMENT
