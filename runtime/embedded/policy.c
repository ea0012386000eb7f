/* policy.c: policies, which draw some operations for each image: RandAugment
 * (Cubuk et al., 2019), TrivialAugmentWide (Mueller, Hutter, 2021), AutoAugment
 * (Cubuk et al., 2018) and AugMix (Hendrycks et al., 2019), with the ranges of
 * torchvision. */
#include "runtime/embedded/internal.h"

#include <math.h>

enum lathe_policy_operation {
  LATHE_IDENTITY,
  LATHE_SHEAR_X,
  LATHE_SHEAR_Y,
  LATHE_TRANSLATE_X,
  LATHE_TRANSLATE_Y,
  LATHE_ROTATE,
  /* From here on, nn.adjust "enhance" does the work. */
  LATHE_BRIGHTNESS = LATHE_ROTATE + LATHE_ENHANCE_BRIGHTNESS,
  LATHE_COLOR = LATHE_ROTATE + LATHE_ENHANCE_COLOR,
  LATHE_CONTRAST = LATHE_ROTATE + LATHE_ENHANCE_CONTRAST,
  LATHE_SHARPNESS = LATHE_ROTATE + LATHE_ENHANCE_SHARPNESS, /* the last one whose sign is drawn */
  LATHE_POSTERIZE = LATHE_ROTATE + LATHE_ENHANCE_POSTERIZE,
  LATHE_SOLARIZE = LATHE_ROTATE + LATHE_ENHANCE_SOLARIZE,
  LATHE_EQUALIZE = LATHE_ROTATE + LATHE_ENHANCE_EQUALIZE /* the last one that all but AutoAugment draw */
};

/* The largest magnitudes, `bits` being what is lost of `all_bits`; the image. */
typedef struct lathe_policy_space {
  double shear, columns, rows, degrees, factor, bits, all_bits, width, height;
} lathe_policy_space;

/* AutoAugment's pairs of operation, tenths of its chance, and magnitude of 0 to 9:
 * what was found for ImageNet, CIFAR-10 and SVHN. */
static const unsigned char lathe_auto_policies[3][25][6] = {
    {{10, 4, 8, 5, 6, 9}, {11, 6, 5, 12, 6, 0}, {13, 8, 0, 13, 6, 0}, {10, 6, 7, 10, 6, 6},
     {13, 4, 0, 11, 2, 4}, {13, 4, 0, 5, 8, 8}, {11, 6, 3, 13, 6, 0}, {10, 8, 5, 13, 10, 0},
     {5, 2, 3, 11, 6, 8}, {13, 6, 0, 10, 4, 6}, {5, 8, 8, 7, 4, 0}, {5, 4, 9, 13, 6, 0},
     {13, 0, 0, 13, 8, 0}, {14, 6, 0, 13, 10, 0}, {7, 6, 4, 8, 10, 8}, {5, 8, 8, 7, 10, 2},
     {7, 8, 8, 11, 8, 7}, {9, 4, 7, 14, 6, 0}, {1, 6, 5, 13, 10, 0}, {7, 4, 0, 13, 6, 0},
     {13, 4, 0, 11, 2, 4}, {11, 6, 5, 12, 6, 0}, {14, 6, 0, 13, 10, 0}, {7, 6, 4, 8, 10, 8},
     {13, 8, 0, 13, 6, 0}},
    {{14, 1, 0, 8, 2, 6}, {5, 7, 2, 3, 3, 9}, {9, 8, 1, 9, 9, 3}, {2, 5, 8, 4, 7, 9},
     {12, 5, 0, 13, 9, 0}, {2, 2, 7, 10, 3, 7}, {7, 4, 3, 6, 6, 7}, {9, 3, 9, 6, 7, 9},
     {13, 6, 0, 13, 5, 0}, {8, 6, 7, 9, 6, 5}, {7, 7, 7, 3, 5, 8}, {13, 3, 0, 12, 4, 0},
     {4, 4, 3, 9, 2, 6}, {6, 9, 6, 7, 2, 8}, {11, 5, 2, 14, 0, 0}, {13, 2, 0, 12, 6, 0},
     {13, 2, 0, 13, 6, 0}, {7, 9, 9, 13, 6, 0}, {12, 8, 0, 11, 2, 8}, {6, 1, 3, 7, 7, 0},
     {11, 4, 5, 12, 9, 0}, {4, 9, 9, 4, 7, 9}, {12, 9, 0, 11, 8, 3}, {13, 8, 0, 14, 1, 0},
     {4, 7, 9, 12, 9, 0}},
    {{1, 9, 4, 14, 2, 0}, {2, 9, 8, 14, 7, 0}, {13, 6, 0, 11, 6, 6}, {14, 9, 0, 13, 6, 0},
     {13, 6, 0, 5, 9, 3}, {1, 9, 4, 12, 8, 0}, {2, 9, 8, 14, 4, 0}, {2, 9, 5, 11, 2, 6},
     {14, 9, 0, 12, 8, 0}, {13, 6, 0, 5, 9, 3}, {1, 9, 4, 11, 3, 3}, {2, 8, 8, 14, 7, 0},
     {13, 9, 0, 4, 6, 6}, {14, 9, 0, 13, 6, 0}, {8, 3, 3, 5, 8, 4}, {14, 8, 0, 4, 0, 2},
     {2, 7, 6, 11, 4, 8}, {14, 6, 0, 5, 8, 4}, {2, 3, 7, 3, 9, 3}, {1, 1, 6, 14, 6, 0},
     {11, 7, 2, 4, 6, 7}, {2, 8, 4, 14, 8, 0}, {1, 7, 9, 4, 8, 3}, {2, 8, 5, 12, 7, 0},
     {1, 7, 2, 14, 1, 0}}};

/* What an operation does, at `share` of its largest magnitude: what "enhance"
 * reads, and a transform as nn.warp has it. */
static void lathe_policy_apply(int operation, double share, double sign,
                               const lathe_policy_space *space,
                               float *numbers) {
  const double width = space->width, height = space->height;
  double m[6] = {1, 0, 0, 0, 1, 0};
  float enhance[2] = {0, 0};
  switch (operation) {
  case LATHE_SHEAR_X: /* about the corner of the first pixel */
    m[1] = sign * share * space->shear;
    m[2] = 0.5 * m[1];
    break;
  case LATHE_SHEAR_Y:
    m[3] = sign * share * space->shear;
    m[5] = 0.5 * m[3];
    break;
  case LATHE_TRANSLATE_X: /* whole pixels */
    m[2] = -sign * floor(share * space->columns);
    break;
  case LATHE_TRANSLATE_Y:
    m[5] = -sign * floor(share * space->rows);
    break;
  case LATHE_ROTATE: {
    const double angle = sign * share * space->degrees * (3.14159265358979323846 / 180);
    const double c = cos(angle), s = sin(angle);
    const double x = (width - 1) / 2, y = (height - 1) / 2;
    m[0] = m[4] = c;
    m[1] = -s;
    m[3] = s;
    m[2] = x - c * x + s * y;
    m[5] = y - s * x - c * y;
    break;
  }
  case LATHE_BRIGHTNESS:
  case LATHE_COLOR:
  case LATHE_CONTRAST:
  case LATHE_SHARPNESS:
    enhance[1] = (float)(1 + sign * share * space->factor);
    break;
  case LATHE_POSTERIZE:
    enhance[1] = (float)(space->all_bits - floor(share * space->bits + 0.5));
    break;
  case LATHE_SOLARIZE:
    enhance[1] = (float)(255 * (1 - share));
    break;
  default:
    break;
  }
  if (operation > LATHE_ROTATE)
    enhance[0] = (float)(operation - LATHE_ROTATE);
  numbers[0] = enhance[0];
  numbers[1] = enhance[1];
  for (int i = 0; i < 6; ++i)
    numbers[2 + i] = (float)m[i];
  numbers[8] = numbers[9] = 0;
}

static double lathe_policy_sign(lathe_dice *dice, int operation) {
  const double sign = lathe_this_dice_unit(dice) < 0.5 ? -1 : 1;
  return operation <= LATHE_SHARPNESS ? sign : 1;
}

static int lathe_policy_choice(lathe_dice *dice, int count) {
  return (int)(lathe_this_dice_unit(dice) * count);
}

/* p: the policy, how many operations, a magnitude and how many there are, width
 * and height. */
LATHE_INTERNAL void lathe_this_draw_policy(lathe_dice *dice, const double *p,
                                           float *numbers) {
  const int policy = (int)p[0], slots = (int)p[1];
  const int last = (int)p[3] - 1;
  const double width = p[4], height = p[5];
  const lathe_policy_space narrow = {0.3, 150.0 / 331 * width, 150.0 / 331 * height, 30, 0.9, 4, 8, width, height};
  const lathe_policy_space wide = {0.99, 32, 32, 135, 0.99, 6, 8, width, height};
  const int drawn = LATHE_EQUALIZE + 1;
  if (policy == LATHE_POLICY_TRIVIAL) {
    const int operation = lathe_policy_choice(dice, drawn);
    const double share = (double)lathe_policy_choice(dice, last + 1) / last;
    lathe_policy_apply(operation, share, lathe_policy_sign(dice, operation), &wide, numbers);
    return;
  }
  const int row = policy >= LATHE_POLICY_AUTO ? lathe_policy_choice(dice, 25) : 0;
  for (int i = 0; i < slots; ++i) {
    int operation;
    double share = p[2] / last;
    if (policy >= LATHE_POLICY_AUTO) {
      const unsigned char *cell = lathe_auto_policies[policy - LATHE_POLICY_AUTO][row] + 3 * i;
      operation = lathe_this_dice_unit(dice) < 0.1 * cell[1] ? (int)cell[0] : (int)LATHE_IDENTITY;
      share = cell[2] / 9.0;
    } else {
      operation = lathe_policy_choice(dice, drawn);
    }
    lathe_policy_apply(operation, share, lathe_policy_sign(dice, operation), &narrow, numbers + 10 * i);
  }
}

static void lathe_draw_dirichlet(lathe_dice *dice, double alpha, int count, double *shares) {
  double sum = 0;
  for (int i = 0; i < count; ++i)
    sum += shares[i] = lathe_this_dice_gamma(dice, alpha);
  for (int i = 0; i < count; ++i)
    shares[i] = sum > 0 ? shares[i] / sum : 1.0 / count;
}

LATHE_INTERNAL void lathe_this_draw_augmix(lathe_dice *dice, const double *p,
                                           float *numbers) {
  const double alpha = p[0], width = p[5], height = p[6];
  const int chains = (int)p[1], severity = (int)p[3], all = p[4] != 0;
  const int slots = p[2] > 0 ? (int)p[2] : (int)LATHE_AUGMIX_DEPTH;
  const lathe_policy_space space = {0.3, width / 3, height / 3, 30, 0.9, 4, 4, width, height};
  const int optional = LATHE_SHARPNESS - LATHE_ROTATE; /* what not `all` are without */
  double image[2], shares[LATHE_AUGMIX_CHAINS];
  lathe_draw_dirichlet(dice, alpha, 2, image);
  lathe_draw_dirichlet(dice, alpha, chains, shares);
  for (int chain = 0; chain < chains; ++chain) {
    const int drawn = 1 + lathe_policy_choice(dice, LATHE_AUGMIX_DEPTH);
    const int depth = p[2] > 0 ? slots : drawn;
    for (int i = 0; i < slots; ++i, numbers += 10) {
      int operation = 1 + lathe_policy_choice(dice, LATHE_EQUALIZE - (all ? 0 : optional));
      const double share = lathe_policy_choice(dice, severity) / 9.0;
      if (!all && operation > LATHE_ROTATE)
        operation += optional;
      const double sign = lathe_policy_sign(dice, operation);
      lathe_policy_apply(i < depth ? operation : (int)LATHE_IDENTITY, share, sign, &space, numbers);
    }
  }
  for (int chain = 0; chain < chains; ++chain) {
    numbers[2 * chain] = (float)(chain ? 1 : image[0]);
    numbers[2 * chain + 1] = (float)(image[1] * shares[chain]);
  }
}
