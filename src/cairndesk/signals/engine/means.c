/* The compiled half of `means.py`: two banded matrices over rows of bytes, in one pass over the pixels.
 *
 * `means.py` has the same in NumPy; the tests compare the hashes. Plain C without Python's headers, loaded by ctypes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define WIDER __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WIDER
#endif
#define INSIDE static inline __attribute__((always_inline))

/* Of the calls of all files here; `compiled.py` takes no other. */
int cairn_version(void) { return 4; }

enum { SIDE = 64, TILE = 64, MOST_ROWS = 16, MOST_COUNTED = 257, AT_ONCE = 8 };

/* Of each output the places first to last - 1, their weights, and the whole counts whose `scale`-fold they are. */
typedef struct {
    const uint32_t *first, *last;
    const float *weights;
    const uint16_t *counts;
    const float *scale;
    uint32_t wide;
} band_t;

typedef uint8_t bytes_t __attribute__((vector_size(16)));
typedef uint16_t sixteen_t __attribute__((vector_size(32)));
typedef float eight_t __attribute__((vector_size(32)));

/* sum[x] += scale * (counts . rows) for `many` rows, of which the counts add up to at most MOST_COUNTED: so all fits into 16 bits, and many
 * places are worked on at a time. */
INSIDE void add_counted(const uint8_t *rows, uint64_t wide, const uint16_t *counts, uint32_t many, float scale, float *sum) {
    uint64_t x = 0;
    for (; x + TILE <= wide; x += TILE) {
        sixteen_t of[TILE / 16] = {{0}};
        for (uint32_t row = 0; row < many; row++) {
            /* A line of what is summed next: so short a row is at its end before the processor has seen that it is read on. */
            __builtin_prefetch((const void *)((uintptr_t)rows + (row + many) * wide + x));
            for (uint32_t at = 0; at < TILE / 16; at++) {
                bytes_t some;
                memcpy(&some, rows + row * wide + x + 16 * at, sizeof some);
                of[at] += __builtin_convertvector(some, sixteen_t) * counts[row];
            }
        }
        uint16_t tile[TILE];
        memcpy(tile, of, sizeof tile);
        for (uint32_t at = 0; at < TILE; at++) sum[x + at] += scale * (float)tile[at];
    }
    for (; x < wide; x++) {
        uint32_t some = 0;
        for (uint32_t row = 0; row < many; row++) some += (uint32_t)counts[row] * rows[row * wide + x];
        sum[x] += scale * (float)some;
    }
}

/* What one output takes of the rows of a strip: sum[x], x over width times channels. */
INSIDE void down_the_rows(const uint8_t *rows, uint32_t many, uint64_t wide, uint32_t offset, const band_t *down, uint32_t output, float *sum) {
    uint32_t first = down->first[output] > offset ? down->first[output] : offset;
    uint32_t last = down->last[output] < offset + many ? down->last[output] : offset + many;
    const uint64_t own = (uint64_t)output * down->wide, start = down->first[output];
    float scale = down->scale[output];
    for (uint32_t row = first, end; row < last; row = end) {
        const uint8_t *here = rows + (row - offset) * wide;
        const uint16_t *counts = down->counts + own + (row - start);
        uint32_t counted = counts[0];
        for (end = row + 1; scale > 0 && end < last && end < row + MOST_ROWS && counted + counts[end - row] <= MOST_COUNTED; end++)
            counted += counts[end - row];
        if (scale > 0) add_counted(here, wide, counts, end - row, scale, sum);
        else for (uint64_t x = 0; x < wide; x++) sum[x] += down->weights[own + (row - start)] * (float)here[x];
    }
}

/* weight . light over `many` places, and over what fills up the last AT_ONCE of them: there the weights are 0. A single sum would wait
 * for each addition before the next; eight side by side do not. */
INSIDE float along_the_row(const float *weight, const float *light, uint32_t many) {
    eight_t sums = {0};
    for (uint32_t x = 0; x < many; x += AT_ONCE) {
        eight_t one, other;
        memcpy(&one, weight + x, sizeof one);
        memcpy(&other, light + x, sizeof other);
        sums += one * other;
    }
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* means[output][column] for a strip: `many` rows of `width` pixels with 3 channels (RGB) or 1 (luminance), of which the first is
 * row `offset` of the picture. One output after the other: hardly any row belongs to two, and what is summed stays in the cache.
 * `room` holds four floats for each pixel of a row and AT_ONCE more; `across->wide` is a multiple of AT_ONCE. */
WIDER void cairn_means(const uint8_t *rows, uint32_t many, uint32_t width, uint32_t channels, uint32_t offset, const band_t *down,
                       uint32_t outputs, const band_t *across, float *room, double *means) {
    float *light = room, *sum = channels == 3 ? room + width : room;
    for (uint32_t output = 0; output < outputs; output++) {
        memset(sum, 0, (uint64_t)width * channels * sizeof *sum);
        down_the_rows(rows, many, (uint64_t)width * channels, offset, down, output, sum);
        if (channels == 3)
            for (uint32_t x = 0; x < width; x++) light[x] = 0.299f * sum[3 * x] + 0.587f * sum[3 * x + 1] + 0.114f * sum[3 * x + 2];
        memset(light + width, 0, AT_ONCE * sizeof *light);
        for (uint32_t column = 0; column < SIDE; column++)
            means[output * SIDE + column] = along_the_row(across->weights + (uint64_t)column * across->wide, light + across->first[column],
                                                          across->last[column] - across->first[column]);
    }
}

/* The sum of all steps between neighbours, each in whole hundredths of the range; the measure of detail comes of it. 0 where there are none in
 * one direction, see `quality` in `pdq.py`. */
WIDER double cairn_steps(const double *means) {
    int32_t down = 0, across = 0;
    for (uint32_t row = 0; row < SIDE; row++) {
        const double *here = means + row * SIDE;
        for (uint32_t x = 0; row + 1 < SIDE && x < SIDE; x++) down += abs((int32_t)((here[x + SIDE] - here[x]) * (100.0 / 255)));
        for (uint32_t x = 0; x + 1 < SIDE; x++) across += abs((int32_t)((here[x + 1] - here[x]) * (100.0 / 255)));
    }
    return down && across ? down + across : 0;
}

enum { WAVES = 16, VALUES = WAVES * WAVES, HASH_BYTES = VALUES / 8, EVEN_ROWS = 1, EVEN_COLUMNS = 2, ACROSS = 4 };

/* The number that `place` others stand before when all are sorted; `of` is left in another order. Hoare's "Find", 1961. */
INSIDE double the_one_at(double *of, int many, int place) {
    int left = 0, right = many - 1;
    while (left < right) {
        double about = of[place];
        int low = left, high = right;
        while (low <= high) {
            while (of[low] < about) low++;
            while (about < of[high]) high--;
            if (low > high) break;
            double held = of[low];
            of[low++] = of[high];
            of[high--] = held;
        }
        if (high < place) left = low;
        if (place < low) right = high;
    }
    return of[place];
}

/* The waves with the signs of `turn`, in rows. */
INSIDE void turned(const double waves[WAVES][WAVES], uint32_t turn, double *of) {
    for (uint32_t row = 0; row < WAVES; row++)
        for (uint32_t column = 0; column < WAVES; column++) {
            double value = turn & ACROSS ? waves[column][row] : waves[row][column];
            int is_turned = ((turn & EVEN_ROWS) && row % 2 == 0) != ((turn & EVEN_COLUMNS) && column % 2 == 0);
            of[row * WAVES + column] = is_turned ? -value : value;
        }
}

/* The hashes of the means and of what they would be if the picture were turned over: of each form `turns` says which of the waves, of which
 * `down` and `across` hold the cosines (WAVES x SIDE, and the same as SIDE x WAVES), change their sign, and whether rows become columns. */
WIDER void cairn_forms(const double *means, const double *down, const double *across, const uint8_t *turns, uint32_t forms, uint8_t *hashes) {
    double part[WAVES][SIDE] = {{0}}, waves[WAVES][WAVES] = {{0}}, of[VALUES], medians[ACROSS];
    for (uint32_t wave = 0; wave < WAVES; wave++)
        for (uint32_t row = 0; row < SIDE; row++)
            for (uint32_t x = 0; x < SIDE; x++) part[wave][x] += down[wave * SIDE + row] * means[row * SIDE + x];
    for (uint32_t wave = 0; wave < WAVES; wave++)
        for (uint32_t x = 0; x < SIDE; x++)
            for (uint32_t other = 0; other < WAVES; other++) waves[wave][other] += part[wave][x] * across[x * WAVES + other];
    for (uint32_t turn = 0; turn < ACROSS; turn++) {
        turned(waves, turn, of);
        medians[turn] = the_one_at(of, VALUES, VALUES / 2 - 1);
    }
    for (uint32_t form = 0; form < forms; form++) {
        /* Taken across, the signs of rows are those of columns, and the values are the same ones. */
        uint32_t turn = turns[form], swapped = (turn & EVEN_ROWS ? EVEN_COLUMNS : 0) | (turn & EVEN_COLUMNS ? EVEN_ROWS : 0);
        double median = medians[turn & ACROSS ? swapped : turn];
        uint8_t *hash = hashes + form * HASH_BYTES;
        turned(waves, turn, of);
        memset(hash, 0, HASH_BYTES);
        for (uint32_t place = 0; place < VALUES; place++) hash[HASH_BYTES - 1 - place / 8] |= (uint8_t)((of[place] > median) << place % 8);
    }
}
