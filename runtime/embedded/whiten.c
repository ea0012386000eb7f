/* whiten.c: the matrix of ZCA whitening (Bell and Sejnowski: "The independent
 * components of natural scenes are edge filters", 1997), from a covariance that
 * adapt.c has measured. */
#include "runtime/embedded/internal.h"

#include <math.h>

static double lathe_row_product(const double *a, const double *b, int32_t n) {
  double sum = 0;
  for (int32_t i = 0; i < n; ++i)
    sum += a[i] * b[i];
  return sum;
}

/* Turns both rows so that they are orthogonal. Returns 0 where they are. */
static int lathe_turn_rows(double *a, double *b, int32_t n) {
  const double aa = lathe_row_product(a, a, n), bb = lathe_row_product(b, b, n);
  const double ab = lathe_row_product(a, b, n);
  if (!(fabs(ab) > 1e-13 * sqrt(aa * bb)))
    return 0;
  const double zeta = (bb - aa) / (2 * ab);
  const double tangent =
      (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
  const double cosine = 1 / sqrt(1 + tangent * tangent);
  const double sine = cosine * tangent;
  for (int32_t i = 0; i < n; ++i) {
    const double old = a[i];
    a[i] = cosine * old - sine * b[i];
    b[i] = sine * old + cosine * b[i];
  }
  return 1;
}

/* The rows of a symmetric matrix become its eigenvectors, each as long as its
 * eigenvalue: Jacobi's method from one side (Hestenes: "Inversion of matrices
 * by biorthogonalization", 1958). It ends by itself after six to ten sweeps. */
static void lathe_find_eigenvectors(double *rows, int32_t n) {
  int turned = 1;
  for (int sweep = 0; turned && sweep < 60; ++sweep) {
    turned = 0;
    for (int64_t a = 0; a + 1 < n; ++a)
      for (int64_t b = a + 1; b < n; ++b)
        turned |= lathe_turn_rows(rows + a * n, rows + b * n, n);
  }
}

/* matrix = sum of v·v^T/sqrt(value + epsilon) over all eigenvectors. What is
 * not among those that were found has the value 0. */
static void lathe_whiten(const lathe_whitening *whitening,
                         const float *covariance, float *matrix,
                         double *scratch) {
  const int32_t n = whitening->size;
  const int64_t count = (int64_t)n * n;
  double *rows = scratch, *sum = scratch + count;
  const double none = 1 / sqrt(whitening->epsilon);
  for (int64_t i = 0; i < count; ++i) {
    /* Rounding makes it unsymmetric. */
    rows[i] = 0.5 * ((double)covariance[i] + covariance[i % n * n + i / n]);
    sum[i] = i / n == i % n ? none : 0;
  }
  lathe_find_eigenvectors(rows, n);
  for (int64_t k = 0; k < n; ++k) {
    const double *row = rows + k * n;
    const double square = lathe_row_product(row, row, n);
    if (square == 0)
      continue;
    const double factor =
        (1 / sqrt(sqrt(square) + whitening->epsilon) - none) / square;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        sum[i * n + j] += factor * row[i] * row[j];
  }
  for (int64_t i = 0; i < count; ++i)
    matrix[i] = (float)sum[i];
}

LATHE_INTERNAL void lathe_this_whiten(void *params, void *arena) {
  unsigned char *bytes = (unsigned char *)params;
  for (int32_t i = 0; i < lathe_this_layout.whitening_count; ++i) {
    const lathe_whitening *whitening = &lathe_this_layout.whitenings[i];
    lathe_whiten(whitening,
                 (const float *)(const void *)(bytes + whitening->covariance),
                 (float *)(void *)(bytes + whitening->matrix), (double *)arena);
  }
}
