/* The compiled half of `means.py`: two banded matrices over rows of bytes, in one pass over the pixels.
 *
 * `means.py` has the same in NumPy; the tests compare the hashes. Plain C without Python's headers, loaded by ctypes.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define WIDER __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WIDER
#endif
#define INSIDE static inline __attribute__((always_inline))

/* Of the calls of all files here; `compiled.py` takes no other. */
int cairn_version(void) { return 3; }

enum { SIDE = 64, ROWS = 8, TILE = 2048 };

/* Of each output the places first to last - 1, their weights, and the whole counts whose `scale`-fold they are. */
typedef struct {
    const uint32_t *first, *last;
    const float *weights;
    const uint16_t *counts;
    const float *scale;
    uint32_t wide;
} band_t;

/* Eight rows and what one output takes of each; a row that it does not take has 0. */
typedef struct {
    const uint8_t *row[ROWS];
    uint16_t count[ROWS];
    float weight[ROWS];
} eight_t;

/* sum[x] += scale * (counts . rows). Eight counts of at most 32 times 255 fit into 16 bits, and twice as many places
 * are worked on at a time as with floats. */
INSIDE void add_counted(const eight_t *of, float scale, uint64_t left, uint64_t right, float *sum) {
    const uint8_t *a = of->row[0], *b = of->row[1], *c = of->row[2], *d = of->row[3];
    const uint8_t *e = of->row[4], *f = of->row[5], *g = of->row[6], *h = of->row[7];
    const uint16_t *k = of->count;
    const uint16_t ka = k[0], kb = k[1], kc = k[2], kd = k[3], ke = k[4], kf = k[5], kg = k[6], kh = k[7];
    for (uint64_t x = left; x < right; x++) {
        uint16_t some = (uint16_t)((uint16_t)(ka * a[x]) + (uint16_t)(kb * b[x]) + (uint16_t)(kc * c[x]) + (uint16_t)(kd * d[x]) +
                                   (uint16_t)(ke * e[x]) + (uint16_t)(kf * f[x]) + (uint16_t)(kg * g[x]) + (uint16_t)(kh * h[x]));
        sum[x] += scale * (float)some;
    }
}

/* The same with any weights. */
INSIDE void add_weighted(const eight_t *of, uint64_t left, uint64_t right, float *sum) {
    for (uint32_t at = 0; at < ROWS; at++)
        for (uint64_t x = left; of->weight[at] > 0 && x < right; x++) sum[x] += of->weight[at] * (float)of->row[at][x];
}

/* What `output` takes of the rows from `top` of the strip on, of which the first is row `offset` of the picture. */
INSIDE eight_t take(const uint8_t *rows, uint32_t many, uint64_t wide, uint32_t top, uint32_t offset, const band_t *down, uint32_t output) {
    eight_t of;
    for (uint32_t at = 0; at < ROWS; at++) {
        uint32_t row = top + at, place = offset + row;
        int is_taken = row < many && place >= down->first[output] && place < down->last[output];
        uint64_t entry = (uint64_t)output * down->wide + (place - down->first[output]);
        of.row[at] = rows + (uint64_t)(row < many ? row : top) * wide;
        of.weight[at] = is_taken ? down->weights[entry] : 0;
        of.count[at] = is_taken ? down->counts[entry] : 0;
    }
    return of;
}

/* What one output takes of the rows of a strip: sum[x], x over width times channels. */
INSIDE void down_the_rows(const uint8_t *rows, uint32_t many, uint64_t wide, uint32_t offset, const band_t *down, uint32_t output, float *sum) {
    uint32_t first = down->first[output] > offset ? down->first[output] - offset : 0;
    uint32_t last = down->last[output] > offset ? down->last[output] - offset : 0;
    float scale = down->scale[output];
    for (uint32_t top = first; top < last && top < many; top += ROWS) {
        const eight_t of = take(rows, many, wide, top, offset, down, output);
        for (uint64_t left = 0; left < wide; left += TILE) {
            uint64_t right = wide - left < TILE ? wide : left + TILE;
            if (scale > 0) add_counted(&of, scale, left, right, sum);
            else add_weighted(&of, left, right, sum);
        }
    }
}

/* means[output][column] for a strip: `many` rows of `width` pixels with 3 channels (RGB) or 1 (luminance), of which the first is
 * row `offset` of the picture. One output after the other: hardly any row belongs to two, and what is summed stays in the cache.
 * `room` holds four floats for each pixel of a row. */
WIDER void cairn_means(const uint8_t *rows, uint32_t many, uint32_t width, uint32_t channels, uint32_t offset, const band_t *down,
                       uint32_t outputs, const band_t *across, float *room, double *means) {
    float *light = room, *sum = channels == 3 ? room + width : room;
    for (uint32_t output = 0; output < outputs; output++) {
        memset(sum, 0, (uint64_t)width * channels * sizeof *sum);
        down_the_rows(rows, many, (uint64_t)width * channels, offset, down, output, sum);
        if (channels == 3)
            for (uint32_t x = 0; x < width; x++) light[x] = 0.299f * sum[3 * x] + 0.587f * sum[3 * x + 1] + 0.114f * sum[3 * x + 2];
        for (uint32_t column = 0; column < SIDE; column++) {
            const float *weight = across->weights + (uint64_t)column * across->wide, *start = light + across->first[column];
            double mean = 0;
            for (uint32_t x = 0; x < across->last[column] - across->first[column]; x++) mean += (double)weight[x] * start[x];
            means[output * SIDE + column] = mean;
        }
    }
}

/* The sum of all steps between neighbours, each in whole hundredths of the range; the measure of detail comes of it. */
double cairn_steps(const double *means) {
    double sum = 0;
    for (uint32_t row = 0; row < SIDE; row++)
        for (uint32_t column = 0; column < SIDE; column++) {
            const double *here = means + row * SIDE + column;
            if (row + 1 < SIDE) sum += fabs((double)(int32_t)((here[SIDE] - here[0]) * (100.0 / 255)));
            if (column + 1 < SIDE) sum += fabs((double)(int32_t)((here[1] - here[0]) * (100.0 / 255)));
        }
    return sum;
}
