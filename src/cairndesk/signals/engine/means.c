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
int cairn_version(void) { return 5; }

enum { SIDE = 64, TILE = 64, MOST_ROWS = 16, MOST_COUNTED = 257, AT_ONCE = 8, PIECE = 32 };

/* Of each output the places first to last - 1, their weights, and the whole counts whose `scale`-fold they are. */
typedef struct {
    const uint32_t *first, *last;
    const float *weights;
    const uint16_t *counts;
    const float *scale;
    uint32_t wide;
} band_t;

typedef uint8_t bytes_t __attribute__((vector_size(PIECE)));
typedef uint16_t sixteen_t __attribute__((vector_size(PIECE)));
typedef float eight_t __attribute__((vector_size(32)));
typedef double four_t __attribute__((vector_size(32)));

/* Each compiler has the one, and only the newest both. */
#ifdef __clang__
#define SHUFFLED(one, other, ...) __builtin_shufflevector(one, other, __VA_ARGS__)
#else
#define SHUFFLED(one, other, ...) __builtin_shuffle(one, other, (bytes_t){__VA_ARGS__})
#endif

/* tile[x] = counts . rows over TILE places of `many` rows, of which the counts add up to at most MOST_COUNTED: so all fits into 16 bits, and many
 * places are worked on at a time. Bytes are widened in the halves of the wide registers, where it is one step, and put in order at the end. */
INSIDE void counted_tile(const uint8_t *rows, uint64_t stride, const uint16_t *counts, uint32_t many, uint16_t *tile) {
    sixteen_t low[TILE / PIECE] = {{0}}, high[TILE / PIECE] = {{0}};
    const bytes_t none = {0};
    for (uint32_t row = 0; row < many; row++) {
        /* A line of what is summed next: so short a row is at its end before the processor has seen that it is read on. */
        __builtin_prefetch((const void *)((uintptr_t)rows + (row + many) * stride));
        for (uint32_t at = 0; at < TILE / PIECE; at++) {
            bytes_t some;
            memcpy(&some, rows + row * stride + PIECE * at, sizeof some);
            low[at] += (sixteen_t)SHUFFLED(some, none, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39,
                                           16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55) * counts[row];
            high[at] += (sixteen_t)SHUFFLED(some, none, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47,
                                            24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63) * counts[row];
        }
    }
    for (uint32_t at = 0; at < TILE / PIECE; at++)
        for (uint32_t half = 0; half < 2; half++) {
            memcpy(tile + PIECE * at + 16 * half, (const uint8_t *)&low[at] + 16 * half, 16);
            memcpy(tile + PIECE * at + 16 * half + 8, (const uint8_t *)&high[at] + 16 * half, 16);
        }
}

INSIDE uint16_t counted_place(const uint8_t *place, uint64_t stride, const uint16_t *counts, uint32_t many) {
    uint32_t some = 0;
    for (uint32_t row = 0; row < many; row++) some += (uint32_t)counts[row] * place[row * stride];
    return (uint16_t)some;
}

/* sum[x] += scale * (counts . rows) */
INSIDE void add_counted(const uint8_t *rows, uint64_t stride, uint64_t wide, const uint16_t *counts, uint32_t many, float scale, float *sum) {
    uint16_t tile[TILE];
    uint64_t x = 0;
    for (; x + TILE <= wide; x += TILE) {
        counted_tile(rows + x, stride, counts, many, tile);
        for (uint32_t at = 0; at < TILE; at++) sum[x + at] += scale * (float)tile[at];
    }
    for (; x < wide; x++) sum[x] += scale * (float)counted_place(rows + x, stride, counts, many);
}

/* What one output takes of the rows of a strip: sum[x], x over width times channels. */
INSIDE void down_the_rows(const uint8_t *rows, uint64_t stride, uint32_t many, uint64_t wide, uint32_t offset, const band_t *down, uint32_t output, float *sum) {
    uint32_t first = down->first[output] > offset ? down->first[output] : offset;
    uint32_t last = down->last[output] < offset + many ? down->last[output] : offset + many;
    const uint64_t own = (uint64_t)output * down->wide, start = down->first[output];
    float scale = down->scale[output];
    for (uint32_t row = first, end; row < last; row = end) {
        const uint8_t *here = rows + (row - offset) * stride;
        const uint16_t *counts = down->counts + own + (row - start);
        uint32_t counted = counts[0];
        for (end = row + 1; scale > 0 && end < last && end < row + MOST_ROWS && counted + counts[end - row] <= MOST_COUNTED; end++)
            counted += counts[end - row];
        if (scale > 0) add_counted(here, stride, wide, counts, end - row, scale, sum);
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
        down_the_rows(rows, (uint64_t)width * channels, many, (uint64_t)width * channels, offset, down, output, sum);
        if (channels == 3)
            for (uint32_t x = 0; x < width; x++) light[x] = 0.299f * sum[3 * x] + 0.587f * sum[3 * x + 1] + 0.114f * sum[3 * x + 2];
        memset(light + width, 0, AT_ONCE * sizeof *light);
        for (uint32_t column = 0; column < SIDE; column++)
            means[output * SIDE + column] = along_the_row(across->weights + (uint64_t)column * across->wide, light + across->first[column],
                                                          across->last[column] - across->first[column]);
    }
}

/* Whether all that an output takes is counted in one go. */
INSIDE int is_counted(const band_t *down, uint32_t output) {
    uint32_t counted = 0, many = down->last[output] - down->first[output];
    for (uint32_t row = 0; row < many && counted <= MOST_COUNTED; row++) counted += down->counts[(uint64_t)output * down->wide + row];
    return down->scale[output] > 0 && counted <= MOST_COUNTED;
}

/* light[x] = scale * (counts . rows): nothing is there yet that would have to be read first. `counted` has room for a row. */
INSIDE void count_rows(const uint8_t *rows, uint64_t stride, uint32_t width, const uint16_t *counts, uint32_t many, float scale, uint16_t *counted,
                       float *light) {
    uint32_t x = 0;
    for (; x + TILE <= width; x += TILE) counted_tile(rows + x, stride, counts, many, counted + x);
    for (; x < width; x++) counted[x] = counted_place(rows + x, stride, counts, many);
    for (x = 0; x < width; x++) light[x] = scale * (float)counted[x];
}

/* The same for a whole picture of luminance, of which the rows begin `stride` bytes apart. */
INSIDE void means_of_light(const uint8_t *rows, uint64_t stride, uint32_t many, uint32_t width, const band_t *down, const band_t *across, float *light,
                           double *means) {
    uint16_t *counted = (uint16_t *)(light + width + AT_ONCE);
    for (uint32_t output = 0; output < SIDE; output++) {
        uint32_t first = down->first[output], taken = down->last[output] - first;
        memset(light + width, 0, AT_ONCE * sizeof *light);
        if (is_counted(down, output)) {
            count_rows(rows + first * stride, stride, width, down->counts + (uint64_t)output * down->wide, taken, down->scale[output], counted, light);
        } else {
            memset(light, 0, width * sizeof *light);
            down_the_rows(rows, stride, many, width, 0, down, output, light);
        }
        for (uint32_t column = 0; column < SIDE; column++)
            means[output * SIDE + column] = along_the_row(across->weights + (uint64_t)column * across->wide, light + across->first[column],
                                                          across->last[column] - across->first[column]);
    }
}

/* The sum of all steps between neighbours, each in whole hundredths of the range; the measure of detail comes of it. 0 where there are none in
 * one direction, see `quality` in `pdq.py`. */
INSIDE double steps_of(const double *means) {
    int32_t down = 0, across = 0;
    for (uint32_t row = 0; row < SIDE; row++) {
        const double *here = means + row * SIDE;
        for (uint32_t x = 0; row + 1 < SIDE && x < SIDE; x++) down += abs((int32_t)((here[x + SIDE] - here[x]) * (100.0 / 255)));
        for (uint32_t x = 0; x + 1 < SIDE; x++) across += abs((int32_t)((here[x + 1] - here[x]) * (100.0 / 255)));
    }
    return down && across ? down + across : 0;
}

WIDER double cairn_steps(const double *means) { return steps_of(means); }

enum { WAVES = 16, VALUES = WAVES * WAVES, HASH_BYTES = VALUES / 8, EVEN_ROWS = 1, EVEN_COLUMNS = 2, ACROSS = 4 };

/* The number that `place` others stand before when all of the up to VALUES are sorted; `of` is left in another order. Hoare's "Find", 1961, told
 * apart without a branch for each number: which side it falls on is no better known than the toss of a coin. */
INSIDE double the_one_at(double *of, uint32_t many, uint32_t place) {
    double other[VALUES], *from = of, *above = other;
    for (;;) {
        double about = from[many / 2];
        uint32_t low = 0, high = 0;
        for (uint32_t at = 0; at < many; at++) {
            double here = from[at];
            above[high] = here, high += here > about;
            from[low] = here, low += here < about;
        }
        if (place < low) many = low;
        else if (place < many - high) return about;
        else {
            double *free = from;
            place -= many - high, many = high, from = above, above = free;
        }
    }
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
INSIDE void forms_of(const double *means, const double *down, const double *across, const uint8_t *turns, uint32_t forms, uint8_t *hashes) {
    double part[WAVES][SIDE], waves[WAVES][WAVES], of[VALUES], medians[ACROSS];
    /* Eight places of four waves at a time: their sums stay in registers while all rows pass. */
    for (uint32_t wave = 0; wave < WAVES; wave += 4)
        for (uint32_t x = 0; x < SIDE; x += 8) {
            const double *of_wave = down + wave * SIDE;
            four_t low, high, a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
            for (uint32_t row = 0; row < SIDE; row++) {
                memcpy(&low, means + row * SIDE + x, sizeof low);
                memcpy(&high, means + row * SIDE + x + 4, sizeof high);
                a += of_wave[row] * low, b += of_wave[row] * high;
                c += of_wave[SIDE + row] * low, d += of_wave[SIDE + row] * high;
                e += of_wave[2 * SIDE + row] * low, f += of_wave[2 * SIDE + row] * high;
                g += of_wave[3 * SIDE + row] * low, h += of_wave[3 * SIDE + row] * high;
            }
            const four_t sums[4][2] = {{a, b}, {c, d}, {e, f}, {g, h}};
            for (uint32_t one = 0; one < 4; one++) memcpy(part[wave + one] + x, sums[one], sizeof sums[one]);
        }
    for (uint32_t wave = 0; wave < WAVES; wave++) {
        four_t here, a = {0}, b = {0}, c = {0}, d = {0};
        for (uint32_t x = 0; x < SIDE; x++) {
            const double *other = across + x * WAVES;
            memcpy(&here, other, sizeof here), a += part[wave][x] * here;
            memcpy(&here, other + 4, sizeof here), b += part[wave][x] * here;
            memcpy(&here, other + 8, sizeof here), c += part[wave][x] * here;
            memcpy(&here, other + 12, sizeof here), d += part[wave][x] * here;
        }
        const four_t sums[4] = {a, b, c, d};
        memcpy(waves[wave], sums, sizeof sums);
    }
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

WIDER void cairn_forms(const double *means, const double *down, const double *across, const uint8_t *turns, uint32_t forms, uint8_t *hashes) {
    forms_of(means, down, across, turns, forms, hashes);
}

/* Means, steps and forms in one call for a whole picture of luminance: a frame of a video, between two of which the caches are full of other things.
 * `contrast` multiplies the means. Returns the steps, or -1 where there is no memory for one row. */
WIDER double cairn_light(const uint8_t *rows, uint64_t stride, uint32_t many, uint32_t width, double contrast, const band_t *down, const band_t *across,
                         const double *cosines_down, const double *cosines_across, const uint8_t *turns, uint32_t forms, uint8_t *hashes) {
    double means[SIDE * SIDE];
    float *room = malloc(2 * ((uint64_t)width + AT_ONCE) * sizeof *room);
    if (!room) return -1;
    means_of_light(rows, stride, many, width, down, across, room, means);
    free(room);
    for (uint32_t at = 0; at < SIDE * SIDE; at++) means[at] *= contrast;
    forms_of(means, cosines_down, cosines_across, turns, forms, hashes);
    return steps_of(means);
}
