/* transform.c: random transforms of images: where a pixel of the result comes
 * from. */
#include "runtime/embedded/internal.h"

#include <math.h>

/* Rows of a 3x3 matrix that maps (x, y, 1); see nn.warp. */
typedef struct lathe_matrix {
  double m[9];
} lathe_matrix;

static lathe_matrix lathe_affine(double a, double b, double c, double d,
                                 double e, double f) {
  lathe_matrix result = {{a, b, c, d, e, f, 0, 0, 1}};
  return result;
}

static lathe_matrix lathe_product(lathe_matrix a, lathe_matrix b) {
  lathe_matrix result;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      result.m[3 * i + j] = a.m[3 * i] * b.m[j] + a.m[3 * i + 1] * b.m[3 + j] +
                            a.m[3 * i + 2] * b.m[6 + j];
  return result;
}

/* Up to a factor, which the last element takes care of. */
static lathe_matrix lathe_inverse(lathe_matrix a) {
  const double *m = a.m;
  lathe_matrix result = {
      {m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8],
       m[1] * m[5] - m[2] * m[4], m[5] * m[6] - m[3] * m[8],
       m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
       m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7],
       m[0] * m[4] - m[1] * m[3]}};
  return result;
}

/* [a b; c d] about the middle of the image. */
static lathe_matrix lathe_about_centre(double a, double b, double c, double d,
                                       double width, double height) {
  const double x = (width - 1) / 2, y = (height - 1) / 2;
  return lathe_affine(a, b, x - a * x - b * y, c, d, y - c * x - d * y);
}

static lathe_matrix lathe_draw_flip(lathe_dice *dice, const double *p) {
  const int x = lathe_this_dice_unit(dice) < p[0], y = lathe_this_dice_unit(dice) < p[1];
  return lathe_affine(x ? -1 : 1, 0, x ? p[2] - 1 : 0, 0, y ? -1 : 1,
                      y ? p[3] - 1 : 0);
}

/* Counter-clockwise on the screen, where y goes down. */
static lathe_matrix lathe_draw_rotation(lathe_dice *dice, const double *p) {
  const double angle = lathe_this_dice_uniform(dice, p[0], p[1]);
  const double c = cos(angle), s = sin(angle);
  return lathe_about_centre(c, -s, s, c, p[2], p[3]);
}

static lathe_matrix lathe_draw_translation(lathe_dice *dice, const double *p) {
  const double x = lathe_this_dice_uniform(dice, p[0], p[1]);
  const double y = lathe_this_dice_uniform(dice, p[2], p[3]);
  return lathe_affine(1, 0, -x, 0, 1, -y);
}

static lathe_matrix lathe_draw_zoom(lathe_dice *dice, const double *p) {
  const double y = lathe_this_dice_uniform(dice, p[2], p[3]);
  const double x = p[4] != 0 ? y : lathe_this_dice_uniform(dice, p[0], p[1]);
  return lathe_about_centre(x, 0, 0, y, p[5], p[6]);
}

static lathe_matrix lathe_draw_shear(lathe_dice *dice, const double *p) {
  const double sign = lathe_this_dice_sign(dice);
  const double x = sign * lathe_this_dice_uniform(dice, p[0], p[1]);
  const double y = sign * lathe_this_dice_uniform(dice, p[2], p[3]);
  return lathe_affine(1, x, 0, y, 1, 0);
}

/* The image's corners go to four points. The map of the unit square to these is
 * that of Heckbert ("Fundamentals of texture mapping and image warping", 1989). */
static lathe_matrix lathe_draw_perspective(lathe_dice *dice, const double *p) {
  const double width = p[3] - 1, height = p[4] - 1;
  double x[4], y[4]; /* top left, top right, bottom right, bottom left */
  const int happens = lathe_this_dice_happens(dice, p[0], p[1]);
  for (int i = 0; i < 4; ++i) {
    const double in_x = lathe_this_dice_uniform(dice, 0, p[2] / 2 * width);
    const double in_y = lathe_this_dice_uniform(dice, 0, p[2] / 2 * height);
    x[i] = i == 0 || i == 3 ? in_x : width - in_x;
    y[i] = i < 2 ? in_y : height - in_y;
  }
  if (!happens || width == 0 || height == 0)
    return lathe_affine(1, 0, 0, 0, 1, 0);
  const double dx1 = x[1] - x[2], dx2 = x[3] - x[2];
  const double dy1 = y[1] - y[2], dy2 = y[3] - y[2];
  const double sx = x[0] - x[1] + x[2] - x[3], sy = y[0] - y[1] + y[2] - y[3];
  const double area = dx1 * dy2 - dx2 * dy1;
  const double g = (sx * dy2 - dx2 * sy) / area;
  const double h = (dx1 * sy - sx * dy1) / area;
  lathe_matrix to_points = {{x[1] - x[0] + g * x[1], x[3] - x[0] + h * x[3],
                             x[0], y[1] - y[0] + g * y[1],
                             y[3] - y[0] + h * y[3], y[0], g, h, 1}};
  return lathe_product(lathe_affine(width, 0, 0, 0, height, 0),
                       lathe_inverse(to_points));
}

/* Moves a part of the picture to where it is cut out. */
static lathe_matrix lathe_draw_crop(lathe_dice *dice, const double *p) {
  const double left = floor(lathe_this_dice_unit(dice) * (p[0] - p[1] + 1));
  const double top = floor(lathe_this_dice_unit(dice) * (p[3] - p[4] + 1));
  return lathe_affine(1, 0, left - p[2], 0, 1, top - p[5]);
}

/* torchvision's RandomResizedCrop.get_params. */
static lathe_matrix lathe_draw_resized_crop(lathe_dice *dice, const double *p) {
  const double width = p[4], height = p[5];
  double w = width, h = height, left = 0, top = 0;
  int found = 0;
  for (int tries = 0; tries < 10; ++tries) {
    const double area = width * height * lathe_this_dice_uniform(dice, p[0], p[1]);
    const double ratio = exp(lathe_this_dice_uniform(dice, log(p[2]), log(p[3])));
    const double across = lathe_this_dice_unit(dice), down = lathe_this_dice_unit(dice);
    const double tried_w = floor(sqrt(area * ratio) + 0.5);
    const double tried_h = floor(sqrt(area / ratio) + 0.5);
    if (found || tried_w < 1 || tried_w > width || tried_h < 1 ||
        tried_h > height)
      continue;
    found = 1;
    w = tried_w;
    h = tried_h;
    left = floor(across * (width - w + 1));
    top = floor(down * (height - h + 1));
  }
  if (!found) { /* the middle, as near to the ratios as there is */
    if (width / height < p[2])
      h = floor(width / p[2] + 0.5);
    else if (width / height > p[3])
      w = floor(height * p[3] + 0.5);
    left = floor((width - w) / 2);
    top = floor((height - h) / 2);
  }
  const double x = w / width, y = h / height;
  return lathe_affine(x, 0, left + 0.5 * x - 0.5, 0, y, top + 0.5 * y - 0.5);
}

/* A shift of up to `range` pixels, or below `steps` of whole ones. */
static double lathe_draw_shift(lathe_dice *dice, double range, double steps) {
  const double unit = lathe_this_dice_unit(dice), sign = lathe_this_dice_sign(dice);
  return steps > 0 ? sign * floor(unit * steps) : sign * unit * range;
}

/* Keras's ImageDataGenerator: rotation · shift · shear · zoom about the middle,
 * and what flips follow, of rows and columns. */
static lathe_matrix lathe_draw_generator(lathe_dice *dice, const double *p) {
  const double degree = 3.14159265358979323846 / 180;
  const double angle = degree * lathe_this_dice_uniform(dice, -p[0], p[0]);
  const double down = lathe_draw_shift(dice, p[3], p[4]);
  const double right = lathe_draw_shift(dice, p[1], p[2]);
  const double shear = degree * lathe_this_dice_uniform(dice, -p[5], p[5]);
  const double zoom_y = lathe_this_dice_uniform(dice, p[6], p[7]);
  const double zoom_x = lathe_this_dice_uniform(dice, p[6], p[7]);
  const double width = p[10], height = p[11];
  const double c = cos(angle), s = sin(angle);
  /* With x and y in the other order, so are the matrices' rows and columns. */
  lathe_matrix m = lathe_affine(c, s, 0, -s, c, 0);
  m = lathe_product(m, lathe_affine(1, 0, right, 0, 1, down));
  m = lathe_product(m, lathe_affine(cos(shear), 0, 0, -sin(shear), 1, 0));
  m = lathe_product(m, lathe_affine(zoom_x, 0, 0, 0, zoom_y, 0));
  const double x = width / 2 - 0.5, y = height / 2 - 0.5;
  m = lathe_product(lathe_affine(1, 0, x, 0, 1, y),
                    lathe_product(m, lathe_affine(1, 0, -x, 0, 1, -y)));
  return lathe_product(m, lathe_draw_flip(dice, p + 8));
}

LATHE_INTERNAL int lathe_this_draws_transform(int32_t kind) {
  return kind >= LATHE_DRAW_FLIP && kind <= LATHE_DRAW_SHIFT;
}

static lathe_matrix lathe_draw_transform(const lathe_draw *draw,
                                         lathe_dice *dice) {
  const double *p = draw->numbers;
  switch (draw->kind) {
  case LATHE_DRAW_FLIP:
    return lathe_draw_flip(dice, p);
  case LATHE_DRAW_ROTATION:
    return lathe_draw_rotation(dice, p);
  case LATHE_DRAW_TRANSLATION:
    return lathe_draw_translation(dice, p);
  case LATHE_DRAW_ZOOM:
    return lathe_draw_zoom(dice, p);
  case LATHE_DRAW_SHEAR:
    return lathe_draw_shear(dice, p);
  case LATHE_DRAW_PERSPECTIVE:
    return lathe_draw_perspective(dice, p);
  case LATHE_DRAW_RESIZED_CROP:
    return lathe_draw_resized_crop(dice, p);
  case LATHE_DRAW_CROP:
    return lathe_draw_crop(dice, p);
  case LATHE_DRAW_SHIFT:
    return lathe_affine(1, 0, -p[0], 0, 1, -p[1]);
  default:
    return lathe_draw_generator(dice, p);
  }
}

/* After the transforms before it: what it reads, they read elsewhere. */
LATHE_INTERNAL void lathe_this_compose(const lathe_draw *draw, lathe_dice *dice,
                                       float *numbers) {
  lathe_matrix before;
  for (int i = 0; i < 8; ++i)
    before.m[i] = numbers[i];
  before.m[8] = 1;
  const lathe_matrix both =
      lathe_product(before, lathe_draw_transform(draw, dice));
  for (int i = 0; i < 8; ++i)
    numbers[i] = (float)(both.m[i] / both.m[8]);
}
